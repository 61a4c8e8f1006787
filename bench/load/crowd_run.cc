#include "load/crowd_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
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
using std::chrono::nanoseconds;

namespace {

// choice: more than the kernel's share of a request lets through on the machines at hand; who runs
// out of users is told so.
constexpr std::int64_t users_per_second = 300'000;

/// A crowd of people who have never been here: their names hold the moment at which it was
/// gathered. Names begin with what differs, and come in no order, because a store that keeps rows
/// by user would be spared its work if they came sorted.
CrowdOptions new_customers(const ServiceProcess& service, const CrowdSize& size) {
    CrowdOptions options;
    options.host = service.public_endpoint().host;
    options.port = service.public_endpoint().port;
    options.user_pattern =
        fmt::format("########-{}", base::to_microseconds(base::SystemClock().now()));
    options.user_count =
        static_cast<std::uint32_t>(users_per_second * size.duration.count() / 1'000 +
                                   static_cast<std::int64_t>(size.connections));
    options.shuffles_users = true;
    options.identity = [](std::string_view user) { return fmt::format("X-User-Id: {}", user); };
    options.mode = rehearsal::CrowdMode::closed_loop;
    options.connection_count = size.connections;
    options.duration = size.duration;
    return options;
}

/// Whether everybody got the same kind of answer, with that code where it is a refusal.
Result<void> expect(const CrowdResult& seen, AnswerKind kind, std::string_view code = {}) {
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

/// Sends several crowds at the same time, each from a thread of its own.
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

/// Sends a crowd, and notes what it cost.
Result<std::pair<CrowdRun, CrowdResult>> run(const ServiceProcess& service,
                                             const CrowdOptions& options) {
    const ProcessorTimes before = read_processor_times(service.id());
    auto seen = send(options);
    if (!seen) return seen.failure();
    CrowdRun run;
    run.service = spent_between(before, read_processor_times(service.id()));
    run.generator = seen->processor_time;
    run.answered = seen->answered();
    run.per_second = seen->answers_per_second();
    const auto latency = seen->latency_of_all();
    run.p50 = latency.percentile(50);
    run.p99 = latency.percentile(99);
    return std::pair(std::move(run), *std::move(seen));
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

/// An arrival is stamped by the node that it came to, before the order among nodes is known.
enum class SeenBy : std::uint8_t { one_node, several_nodes };

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

/// Audits every coupon, and counts what was issued of each.
Result<void> audit(Shop& shop, Offer& offer, CrowdResult seen, SeenBy seen_by = SeenBy::one_node) {
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

CrowdOptions customers_of(Shop& shop, const Offer& offer, const CrowdSize& size) {
    CrowdOptions options = new_customers(shop.service(), size);
    options.coupon_id = offer.first_coupon_id;
    options.coupon_count = static_cast<std::uint32_t>(offer.issued.size());
    return options;
}

}  // namespace

Result<Offer> announce(Shop& shop, std::size_t coupon_count, std::int64_t stock) {
    Offer offer{.first_coupon_id = 0, .stock = stock, .issued = {}};
    for (std::size_t i = 0; i < coupon_count; ++i) {
        const auto id = shop.offer(stock);
        if (!id) return id.failure();
        if (i == 0) offer.first_coupon_id = *id;
        if (*id != offer.first_coupon_id + static_cast<std::int64_t>(i)) {
            return Failure{FailureKind::corrupted, "coupons that were announced in turn have gaps"};
        }
        offer.issued.push_back(0);
    }
    return offer;
}

Result<CrowdRun> sell(Shop& shop, Offer& offer, const CrowdSize& size) {
    auto done = run(shop.service(), customers_of(shop, offer, size));
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    if (auto right = expect(seen, AnswerKind::issued); !right) return right.failure();
    if (auto audited = audit(shop, offer, std::move(seen)); !audited) return audited.failure();
    return std::move(figures);
}

Result<CrowdRun> sell_at_nodes(const std::vector<Shop*>& nodes, Offer& offer,
                               const CrowdSize& size) {
    std::vector<CrowdOptions> crowds;
    for (Shop* const node : nodes) {
        CrowdOptions crowd = customers_of(*node, offer, size);
        crowd.connection_count = size.connections / nodes.size();
        crowd.user_pattern += fmt::format("-{}", crowds.size());
        crowds.push_back(std::move(crowd));
    }
    auto seen = send_at_once(crowds);
    if (!seen) return seen.failure();
    CrowdRun sum;
    CrowdResult together;
    const base::Instant started_at = seen->front().started_at;
    for (CrowdResult& crowd : *seen) {
        if (auto right = expect(crowd, AnswerKind::issued); !right) return right.failure();
        sum.answered += crowd.answered();
        sum.per_second += crowd.answers_per_second();
        sum.generator += crowd.processor_time;
        const auto latency = crowd.latency_of_all();
        sum.p50 = std::max(sum.p50, nanoseconds(latency.percentile(50)));
        sum.p99 = std::max(sum.p99, nanoseconds(latency.percentile(99)));
        for (rehearsal::IssuedAnswer& answer : crowd.issued) {
            // Counted from one start for all.
            answer.sent_at += crowd.started_at - started_at;
            answer.answered_at += crowd.started_at - started_at;
            together.issued.push_back(std::move(answer));
        }
    }
    together.put_in_order();
    auto audited = audit(*nodes.front(), offer, std::move(together), SeenBy::several_nodes);
    if (!audited) return audited.failure();
    return sum;
}

Result<CrowdRun> sell_elsewhere(const ServiceProcess& service, std::int64_t coupon_id,
                                const CrowdSize& size) {
    CrowdOptions options = new_customers(service, size);
    options.coupon_id = coupon_id;
    auto done = run(service, options);
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    if (auto right = expect(seen, AnswerKind::issued); !right) return right.failure();
    return std::move(figures);
}

Result<CrowdRun> turn_away(Shop& shop, const Offer& offer, const CrowdSize& size) {
    auto done = run(shop.service(), customers_of(shop, offer, size));
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    const auto right = expect(seen, AnswerKind::refused, "coupon-sold-out");
    if (!right) return right.failure();
    return std::move(figures);
}

Result<CrowdRun> knock(Shop& shop, const CrowdSize& size) {
    CrowdOptions options = new_customers(shop.service(), size);
    options.method = "GET";
    options.path = "/";
    auto done = run(shop.service(), options);
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    if (auto right = expect(seen, AnswerKind::done); !right) return right.failure();
    return std::move(figures);
}

Result<void> sell_out(Shop& shop, Offer& offer, std::size_t connections) {
    CrowdOptions options = customers_of(
        shop, offer, {.connections = connections, .duration = std::chrono::minutes(1)});
    // Half as many again as there are, so that some are told that nothing is left.
    options.user_count = static_cast<std::uint32_t>(offer.stock + offer.stock / 2 + 1);
    options.mode = rehearsal::CrowdMode::stampede;
    rehearsal::NoProgress nobody;
    auto seen = rehearsal::run_crowd(options, nobody, base::SystemClock());
    if (!seen) return seen.failure();
    const auto issued = static_cast<std::int64_t>(seen->count_of(AnswerKind::issued));
    if (issued != offer.stock || seen->answered() != options.user_count) {
        return Failure{FailureKind::corrupted,
                       fmt::format("{} of {} coupons were issued", issued, offer.stock)};
    }
    return audit(shop, offer, *std::move(seen));
}

}  // namespace dibs::bench
