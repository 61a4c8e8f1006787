#include "load/listing.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/client.h"
#include "load/announced_coupon.h"
#include "load/crowd_run.h"
#include "load/in_turn.h"
#include "rehearsal/crowd.h"
#include "rehearsal/user_names.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using rehearsal::AnswerKind;
using rehearsal::CrowdOptions;

namespace {

// choice: more users than a page cache of 8 MB has pages, so that their listings are not all in it;
// each holds as much as somebody who comes for every sale of a month.
constexpr std::uint32_t holder_count = 20'000;
constexpr std::uint32_t holders_in_short = 100;
constexpr int coupons_each = 3;
// choice: looked at one by one before anything is timed.
constexpr std::uint32_t holders_checked = 50;

// choice: the goals of listing alone and of listing beside issuance, 0.6 and 0.4, leave a third of
// the service to issuance.
constexpr double issuance_share = 1.0 / 3;

/// Sells three coupons to the same users; gives who they are.
Result<CrowdOptions> gather_holders(Shop& shop, std::uint32_t count) {
    CrowdOptions holders = new_customers(
        shop.service(), {.connections = goal_connections, .duration = std::chrono::minutes(1)});
    holders.user_count = count;
    holders.mode = rehearsal::CrowdMode::stampede;
    rehearsal::NoProgress nobody;
    for (int i = 0; i < coupons_each; ++i) {
        auto offer = announce(shop, 1, endless_stock);
        if (!offer) return offer.failure();
        holders.coupon_id = offer->first_coupon_id;
        auto seen = rehearsal::run_crowd(holders, nobody, base::SystemClock());
        if (!seen) return seen.failure();
        if (auto right = expect(*seen, AnswerKind::issued); !right) return right.failure();
        auto audited = audit_sale(shop, *offer, *std::move(seen));
        if (!audited) return audited.failure();
    }
    return holders;
}

/// Whether a few of them are told what they hold. Fails: corrupted.
Result<void> check_listings(const Shop& shop, const CrowdOptions& holders) {
    const rehearsal::UserNames names(holders);
    http::Client client(shop.address().host, shop.address().port, std::chrono::seconds(30));
    for (std::uint32_t i = 0; i < holders_checked; ++i) {
        const std::string user = names.name_of(i * (holders.user_count / holders_checked));
        const auto answer = client.request("GET", "/api/v1/coupons/me", {{"X-User-Id", user}});
        if (!answer) return answer.failure();
        boost::system::error_code error;
        const boost::json::value page = boost::json::parse(answer->body, error);
        const auto* const items =
            page.is_object() ? page.as_object().if_contains("items") : nullptr;
        if (answer->status == 200 && items != nullptr && items->is_array() &&
            items->as_array().size() == coupons_each) {
            continue;
        }
        return Failure{FailureKind::corrupted,
                       fmt::format("{} holds three coupons and was told {} {}", user,
                                   answer->status, answer->body)};
    }
    return {};
}

CrowdOptions askers(CrowdOptions holders, const CrowdSize& size) {
    holders.method = "GET";
    holders.path = "/api/v1/coupons/me";
    holders.mode = rehearsal::CrowdMode::closed_loop;
    holders.requests_per_user = 0;
    holders.connection_count = size.connections;
    holders.duration = size.duration;
    return holders;
}

Result<CrowdRun> list(Shop& shop, const CrowdOptions& holders, const CrowdSize& size) {
    auto done = send_counted(shop, askers(holders, size));
    if (!done) return done.failure();
    auto& [figures, seen] = *done;
    if (auto right = expect(seen, AnswerKind::done); !right) return right.failure();
    return std::move(figures);
}

/// The figures of those who list, and of the sale beside them.
Result<std::pair<CrowdRun, CrowdRun>> list_beside_sale(Shop& shop, const CrowdOptions& holders,
                                                       const CrowdSize& size,
                                                       double issues_per_second) {
    auto offer = announce(shop, 1, endless_stock);
    if (!offer) return offer.failure();
    auto seen =
        send_at_once({askers(holders, size), customers_of(shop, *offer,
                                                          {.connections = size.connections,
                                                           .duration = size.duration,
                                                           .per_second = issues_per_second})});
    if (!seen) return seen.failure();
    if (auto right = expect(seen->front(), AnswerKind::done); !right) return right.failure();
    if (auto right = expect(seen->back(), AnswerKind::issued); !right) return right.failure();
    std::pair runs(run_of(seen->front()), run_of(seen->back()));
    auto audited = audit_sale(shop, *offer, std::move(seen->back()));
    if (!audited) return audited.failure();
    return runs;
}

/// What was measured, round by round.
struct Rounds {
    std::vector<CrowdRun> alone;
    std::vector<CrowdRun> beside;
    std::vector<CrowdRun> sale;
    std::vector<CrowdRun> no_op;
};

Result<void> measure_round(Shop& shop, const CrowdOptions& holders, const CrowdSize& size,
                           Rounds& rounds) {
    auto alone = list(shop, holders, size);
    if (!alone) return alone.failure();
    auto no_op = knock(shop, size);
    if (!no_op) return no_op.failure();
    const auto peak =
        sell_new_coupon(shop, {.connections = size.connections, .duration = size.duration / 5});
    if (!peak) return peak.failure();
    auto beside = list_beside_sale(shop, holders, size, peak->per_second * issuance_share);
    if (!beside) return beside.failure();
    rounds.alone.push_back(*std::move(alone));
    rounds.no_op.push_back(*std::move(no_op));
    rounds.beside.push_back(std::move(beside->first));
    rounds.sale.push_back(std::move(beside->second));
    return {};
}

}  // namespace

Result<GoalResult> measure_listing(const Workshop& workshop) {
    const Form& form = workshop.form;
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const auto holders = gather_holders(*shop, form.is_short ? holders_in_short : holder_count);
    if (!holders) return holders.failure();
    if (auto checked = check_listings(*shop, *holders); !checked) return checked.failure();
    const CrowdSize size{.connections = goal_connections, .duration = form.duration};
    const CrowdSize warm_up{.connections = goal_connections, .duration = warm_up_of(form)};
    if (auto first = list(*shop, *holders, warm_up); !first) return first.failure();
    Rounds rounds;
    for (std::size_t round = 0; round < form.rounds; ++round) {
        auto done = measure_round(*shop, *holders, size, rounds);
        if (!done) return done.failure();
    }
    if (auto closed = shop->close(); !closed) return closed.failure();

    using enum Target::Side;
    GoalResult result;
    result.figures = {
        ratio_of("listings ÷ no-op requests", {rounds.alone, rounds.no_op},
                 {.side = at_least, .value = 0.6, .floor = 0.01}),
        ratio_of("listings beside issuance ÷ no-op requests", {rounds.beside, rounds.no_op},
                 {.side = at_least, .value = 0.4, .floor = 0.01}),
        rate_of("listings", rounds.alone),
        figure_of("listings: p99", "ms", rounds.alone, p99_milliseconds),
        rate_of("listings beside issuance", rounds.beside),
        figure_of("listings beside issuance: p99", "ms", rounds.beside, p99_milliseconds),
        rate_of("issues beside them", rounds.sale),
        figure_of("issues beside them: p99", "ms", rounds.sale, p99_milliseconds),
        rate_of("no-op requests", rounds.no_op)};
    append(result.figures, counts_of("a listing", rounds.alone));
    append(result.figures, costs_of("a listing", rounds.alone));
    append(result.figures, costs_of("a no-op request", rounds.no_op));
    result.notes.push_back(fmt::format(
        "{} users who hold three coupons each ask in no order from 256 connections. The issuance "
        "beside them comes at a steady rate, a third of what a closed loop had just before.",
        to_text(holders->user_count)));
    return result;
}

}  // namespace dibs::bench
