#include "load/crowd_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "load/announced_coupon.h"
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

/// Sends a crowd, and notes what it cost.
Result<std::pair<CrowdRun, CrowdResult>> run(const ServiceProcess& service,
                                             const CrowdOptions& options) {
    const ProcessorTimes before = read_processor_times(service.id());
    auto seen = send(options);
    if (!seen) return seen.failure();
    CrowdRun run = run_of(*seen);
    run.service = spent_between(before, read_processor_times(service.id()));
    return std::pair(std::move(run), *std::move(seen));
}

}  // namespace

CrowdRun run_of(const CrowdResult& seen) {
    CrowdRun run;
    run.answered = seen.answered();
    run.per_second = seen.answers_per_second();
    const auto latency = seen.latency_of_all();
    run.p50 = latency.percentile(50);
    run.p99 = latency.percentile(99);
    run.p999 = latency.percentile(99.9);
    run.generator = seen.processor_time;
    return run;
}

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

Result<std::pair<CrowdRun, CrowdResult>> send_counted(Shop& shop, const CrowdOptions& options) {
    const auto before = shop.counts();
    if (!before) return before.failure();
    auto done = run(shop.service(), options);
    if (!done) return done.failure();
    const auto after = shop.counts();
    if (!after) return after.failure();
    done->first.counts = {
        .calls = {.syncs = after->calls.syncs - before->calls.syncs,
                  .system_calls = after->calls.system_calls - before->calls.system_calls,
                  .allocations = after->calls.allocations - before->calls.allocations},
        .statements = after->statements - before->statements};
    return done;
}

Result<CrowdRun> sell(Shop& shop, Offer& offer, const CrowdSize& size) {
    auto done = send_counted(shop, customers_of(shop, offer, size));
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    if (auto right = expect(seen, AnswerKind::issued); !right) return right.failure();
    if (auto audited = audit_sale(shop, offer, std::move(seen)); !audited) return audited.failure();
    return std::move(figures);
}

Result<CrowdRun> sell_new_coupon(Shop& shop, const CrowdSize& size) {
    auto offer = announce(shop, 1, endless_stock);
    if (!offer) return offer.failure();
    return sell(shop, *offer, size);
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
    auto audited = audit_sale(*nodes.front(), offer, std::move(together), SeenBy::several_nodes);
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
    auto done = send_counted(shop, customers_of(shop, offer, size));
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
    auto done = send_counted(shop, options);
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
    return audit_sale(shop, offer, *std::move(seen));
}

}  // namespace dibs::bench
