#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "rehearsal/audit.h"

namespace dibs::rehearsal {

/// A flawless crowd of 1 to `count` at coupon 42, to plant faults in: user-1 asked first, got rank
/// 1 as 42-2, and had the answer before user-2 asked.
inline IssuedAnswer told(std::int64_t rank) {
    using std::chrono::milliseconds;
    IssuedAnswer answer;
    answer.user = "user-" + std::to_string(rank);
    answer.registration = {"42-" + std::to_string(rank + 1), 42, rank,
                           base::from_microseconds(1'000'000 + rank)};
    answer.body_hash = static_cast<std::uint64_t>(rank);
    answer.sent_at = milliseconds(10 * rank);
    answer.answered_at = milliseconds(10 * rank + 5);
    return answer;
}

inline CrowdResult all_told(std::int64_t count) {
    CrowdResult result;
    for (std::int64_t rank = 1; rank <= count; ++rank) result.issued.push_back(told(rank));
    return result;
}

inline AuditTerms terms_of(std::int64_t stock) {
    AuditTerms terms;
    terms.coupon_id = 42;
    terms.stock = stock;
    return terms;
}

/// The books that would belong to these answers.
inline std::vector<ListedRegistration> books_of(const CrowdResult& result) {
    std::vector<ListedRegistration> books;
    for (const IssuedAnswer& answer : result.issued) {
        books.push_back({answer.user, answer.registration});
    }
    return books;
}

/// The checks that found something, as one text: `lost over-limit`.
inline std::string faults_of(const AuditReport& report) {
    std::string names;
    for (const CheckResult& check : report.checks) {
        if (check.findings.empty()) continue;
        if (!names.empty()) names += ' ';
        names += name_of(check.check);
    }
    return names;
}

}  // namespace dibs::rehearsal
