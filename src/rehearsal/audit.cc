#include "rehearsal/audit.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "rehearsal/auditor.h"
#include "rehearsal/user_names.h"

namespace dibs::rehearsal {

namespace {

base::Result<std::vector<ListedRegistration>> look_up(const StoredBooks& books,
                                                      const std::vector<std::string>& users) {
    std::vector<ListedRegistration> found;
    for (const std::string& user : users) {
        auto listed = books.of_user(user);
        if (!listed) return listed.failure();
        for (ListedRegistration& item : *listed) {
            item.user = user;
            found.push_back(std::move(item));
        }
    }
    return found;
}

}  // namespace

std::string_view name_of(Check check) {
    switch (check) {
        case Check::oversold: return "oversold";
        case Check::lost: return "lost";
        case Check::over_limit: return "over-limit";
        case Check::shared_registration: return "shared-registration";
        case Check::shared_rank: return "shared-rank";
        case Check::rank_gap: return "rank-gap";
        case Check::stored_differently: return "stored-differently";
        case Check::unexplained: return "unexplained";
        case Check::replay_differs: return "replay-differs";
        case Check::out_of_order: return "out-of-order";
        case Check::overtaken: return "overtaken";
        case Check::unreadable: return "unreadable";
    }
    return "unknown";
}

bool AuditReport::is_clean() const {
    return books_unread.empty() && std::ranges::all_of(checks, [](const CheckResult& check) {
               return check.findings.empty();
           });
}

const CheckResult& AuditReport::of(Check check) const {
    const auto found = std::ranges::find(checks, check, &CheckResult::check);
    base::ensure(found != checks.end(), "an audit's report tells of every check");
    return *found;
}

AuditReport audit(const CrowdResult& result, const AuditTerms& terms) {
    Auditor auditor(result, terms);
    auditor.check_answers();
    return std::move(auditor).report();
}

base::Result<AuditReport> audit(const CrowdResult& result, const AuditTerms& terms,
                                const StoredBooks& books) {
    Auditor auditor(result, terms);
    auditor.check_answers();
    if (books.of_coupon) {
        const auto stored = books.of_coupon();
        if (!stored) return stored.failure();
        auditor.check_registrations(*stored, true);
    } else if (books.of_user) {
        const auto stored = look_up(books, auditor.users_to_look_up());
        if (!stored) return stored.failure();
        auditor.check_registrations(*stored, false);
    }
    if (books.stock) {
        const auto stock = books.stock();
        if (!stock) return stock.failure();
        auditor.check_stock(*stock);
    }
    return std::move(auditor).report();
}

std::function<bool(std::string_view)> members_of(const CrowdOptions& options) {
    return [names = UserNames(options)](std::string_view user) {
        return names.index_of(user).has_value();
    };
}

}  // namespace dibs::rehearsal
