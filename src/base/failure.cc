#include "base/failure.h"

#include <utility>

namespace dibs::base {

std::string_view name_of(FailureKind kind) {
    switch (kind) {
        case FailureKind::unavailable: return "unavailable";
        case FailureKind::overloaded: return "overloaded";
        case FailureKind::expired: return "expired";
        case FailureKind::stopping: return "stopping";
        case FailureKind::in_doubt: return "in-doubt";
        case FailureKind::refused: return "refused";
        case FailureKind::conflict: return "conflict";
        case FailureKind::corrupted: return "corrupted";
        case FailureKind::invalid: return "invalid";
    }
    return "unknown";
}

Failure invalid(std::string what) {
    return {FailureKind::invalid, std::move(what)};
}

}  // namespace dibs::base
