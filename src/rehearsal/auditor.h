#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rehearsal/audit.h"

namespace dibs::rehearsal {

/// A registration that was given out, once for all answers that named it.
struct Acknowledged {
    const IssuedAnswer* answer;  ///< The first that is no replay; of replays alone, the first.
    /// The earliest moment that it can have been asked for. Of replays alone nobody knows: an
    /// earlier request, whose answer was lost, got it.
    std::chrono::nanoseconds asked_at;
    std::chrono::nanoseconds known_at;  ///< The first answer.

    [[nodiscard]] std::int64_t rank() const { return answer->registration.rank; }
};

/// Carries out the checks of one audit; each is made at most once. Belongs to one thread.
class Auditor {
public:
    /// Both outlive the auditor.
    Auditor(const CrowdResult& result, const AuditTerms& terms);

    /// What the answers say by themselves. To be called first.
    void check_answers();

    /// `is_complete`: the list has every registration of the coupon, not only some users'.
    void check_registrations(const std::vector<ListedRegistration>& stored, bool is_complete);

    void check_stock(const StockBody& stock);

    /// Those whose listings tell whether the answers were kept.
    [[nodiscard]] std::vector<std::string> users_to_look_up() const;

    [[nodiscard]] AuditReport report() && { return std::move(report_); }

private:
    void gather();
    void acknowledge(const IssuedAnswer& answer);
    void check_sharing(const Acknowledged& first, const IssuedAnswer& other);
    void check_replays();
    void check_limits();
    void check_ranks();
    void check_order();
    void check_overtaking();
    void check_stock_kept();

    void check_stored(const ListedRegistration& stored);
    void check_stored_limits(const std::vector<ListedRegistration>& stored);
    void check_stored_ranks(std::vector<ListedRegistration> stored);

    void look_for(Check check);
    void add(Check check, const IssuedAnswer& answer, std::string what);
    void add(Check check, const ListedRegistration& stored, std::string what);
    void add(Check check, Finding finding);
    [[nodiscard]] bool is_of_crowd(std::string_view user) const;

    const CrowdResult& result_;
    const AuditTerms& terms_;
    std::vector<Acknowledged> acknowledged_;                       ///< By rank, once gathered.
    std::unordered_map<std::string_view, std::size_t> place_of_;   ///< By id, in `acknowledged_`.
    std::unordered_map<std::string_view, std::uint64_t> unknown_;  ///< How many, by user.
    AuditReport report_;
};

}  // namespace dibs::rehearsal
