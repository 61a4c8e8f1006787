#include "domain/issue_outcome.h"

namespace dibs::domain {

std::string_view name_of(IssueOutcome outcome) {
    switch (outcome) {
        case IssueOutcome::coupon_not_found: return "coupon-not-found";
        case IssueOutcome::replayed: return "replayed";
        case IssueOutcome::already_registered: return "coupon-already-registered";
        case IssueOutcome::sold_out: return "coupon-sold-out";
        case IssueOutcome::not_started: return "coupon-not-started";
        case IssueOutcome::ended: return "coupon-ended";
        case IssueOutcome::issued: return "issued";
    }
    return "unknown";
}

}  // namespace dibs::domain
