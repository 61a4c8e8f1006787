#include "repository/coupon_repository.h"

namespace dibs::repository {

StockChange::Outcome outcome_of(domain::StockRefusal refusal) {
    switch (refusal) {
        case domain::StockRefusal::below_zero: return StockChange::Outcome::below_zero;
        case domain::StockRefusal::too_large: return StockChange::Outcome::too_large;
    }
    return StockChange::Outcome::below_zero;
}

}  // namespace dibs::repository
