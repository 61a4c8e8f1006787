#include "load/crowd.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/named_thread.h"
#include "rehearsal/audit.h"
#include "rehearsal/crowd.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using rehearsal::AnswerKind;
using rehearsal::CrowdOptions;
using rehearsal::CrowdResult;

namespace {

// choice: more than the kernel's share of a request lets through on the machines at hand; who runs
// out of users is told so.
constexpr double users_per_second = 300'000;

/// One each, and some more, so that a crowd that has come to its end had enough.
std::uint32_t users_of(const CrowdSize& size) {
    const double rate = size.per_second > 0 ? size.per_second : users_per_second;
    const double seconds = std::chrono::duration<double>(size.duration).count();
    return static_cast<std::uint32_t>(std::ceil(rate * seconds)) +
           static_cast<std::uint32_t>(size.connections);
}

Failure failure_of(const rehearsal::AuditReport& audit, std::int64_t coupon_id) {
    for (const rehearsal::CheckResult& check : audit.checks) {
        if (check.findings.empty()) continue;
        const rehearsal::Finding& first = check.findings.front();
        return {FailureKind::corrupted,
                fmt::format("coupon {}, {}: {} {} rank {}: {}", coupon_id, name_of(check.check),
                            first.user, first.registration_id, first.rank, first.what)};
    }
    return {FailureKind::corrupted, "the audit was not clean"};
}

/// Holds the answers about one coupon against its books.
Result<void> audit_coupon(Shop& shop, const Offer& offer, std::size_t place,
                          std::vector<rehearsal::IssuedAnswer> answers, SeenBy seen_by) {
    CrowdResult part;
    part.issued = std::move(answers);
    const std::int64_t coupon_id = offer.first_coupon_id + static_cast<std::int64_t>(place);
    const rehearsal::AuditTerms terms{.coupon_id = coupon_id,
                                      .limit_per_user = 1,
                                      .stock = offer.stock,
                                      .issued_before = offer.issued[place],
                                      .is_of_crowd = {},
                                      .has_one_clock = seen_by == SeenBy::one_node};
    const auto report = rehearsal::audit(part, terms, shop.books_of(coupon_id));
    if (!report) return report.failure();
    if (!report->is_clean()) return failure_of(*report, coupon_id);
    return {};
}

}  // namespace

// Their names hold the moment at which the crowd was gathered. Names begin with what differs, and
// come in no order, because a store that keeps rows by user would be spared its work if they came
// sorted.
CrowdOptions new_customers(const ServiceProcess& service, const CrowdSize& size) {
    CrowdOptions options;
    options.host = service.public_endpoint().host;
    options.port = service.public_endpoint().port;
    options.user_pattern =
        fmt::format("########-{}", base::to_microseconds(base::SystemClock().now()));
    options.user_count = users_of(size);
    options.shuffles_users = true;
    options.identity = [](std::string_view user) { return fmt::format("X-User-Id: {}", user); };
    options.mode =
        size.per_second > 0 ? rehearsal::CrowdMode::open_loop : rehearsal::CrowdMode::closed_loop;
    options.requests_per_second = size.per_second;
    options.connection_count = size.connections;
    options.duration = size.duration;
    return options;
}

CrowdOptions customers_of(const Shop& shop, const Offer& offer, const CrowdSize& size) {
    CrowdOptions options = new_customers(shop.service(), size);
    options.coupon_id = offer.first_coupon_id;
    options.coupon_count = static_cast<std::uint32_t>(offer.issued.size());
    return options;
}

Result<CrowdResult> send(const CrowdOptions& options) {
    rehearsal::NoProgress nobody;
    auto seen = rehearsal::run_crowd(options, nobody, base::SystemClock());
    if (!seen) return seen.failure();
    if (!seen->notes.empty()) return Failure{FailureKind::unavailable, seen->notes.front()};
    if (options.requests_per_user == 1 && seen->sent == options.user_count) {
        return Failure{FailureKind::invalid, "the crowd ran out of users before its time was up"};
    }
    return seen;
}

Result<std::vector<CrowdResult>> send_at_once(const std::vector<CrowdOptions>& crowds) {
    std::vector<std::optional<Result<CrowdResult>>> sent(crowds.size());
    {
        std::vector<base::NamedThread> threads;
        for (std::size_t i = 0; i < crowds.size(); ++i) {
            threads.emplace_back("crowd", [&, i] { sent[i].emplace(send(crowds[i])); });
        }
    }
    std::vector<CrowdResult> seen;
    for (std::optional<Result<CrowdResult>>& one : sent) {
        if (!*one) return one->failure();
        seen.push_back(**std::move(one));
    }
    return seen;
}

Result<void> expect(const CrowdResult& seen, AnswerKind kind, std::string_view code) {
    for (const rehearsal::OutcomeCount& outcome : seen.outcomes) {
        if (outcome.kind == kind && (code.empty() || outcome.code == code)) continue;
        return Failure{FailureKind::corrupted,
                       fmt::format("{} requests were answered {} {}", outcome.count, outcome.status,
                                   outcome.code)};
    }
    if (seen.sent > 0 && seen.answered() == seen.sent) return {};
    return Failure{FailureKind::corrupted,
                   fmt::format("of {} requests {} were answered", seen.sent, seen.answered())};
}

Result<void> audit_sale(Shop& shop, Offer& offer, CrowdResult seen, SeenBy seen_by) {
    std::vector<std::vector<rehearsal::IssuedAnswer>> of_coupon(offer.issued.size());
    for (rehearsal::IssuedAnswer& answer : seen.issued) {
        const auto place = static_cast<std::size_t>(answer.asked_coupon_id - offer.first_coupon_id);
        of_coupon[place].push_back(std::move(answer));
    }
    for (std::size_t place = 0; place < of_coupon.size(); ++place) {
        const auto count = static_cast<std::int64_t>(of_coupon[place].size());
        auto audited = audit_coupon(shop, offer, place, std::move(of_coupon[place]), seen_by);
        if (!audited) return audited;
        offer.issued[place] += count;
    }
    return {};
}

}  // namespace dibs::bench
