#include "load/hot_coupon.h"

#include <fmt/format.h>

#include <utility>

#include "load/announced_coupon.h"
#include "load/in_turn.h"

namespace dibs::bench {

using base::Result;

namespace {

constexpr std::size_t many_coupons = 10'000;
// choice: as many as can be announced in a second, one sync each.
constexpr std::size_t many_coupons_in_short = 200;

OneRun sell_hot_coupon(Shop& shop) {
    return [&shop](const CrowdSize& size) { return sell_new_coupon(shop, size); };
}

/// How many requests a commit was shared by, of all that the shop has served.
Result<std::string> describe_groups(Shop& shop) {
    const auto requests = shop.metric("dibs_group_size_sum");
    if (!requests) return requests.failure();
    const auto groups = shop.metric("dibs_group_size_count");
    if (!groups) return groups.failure();
    return fmt::format("{} requests in {} groups, {:.1f} to a group.", to_text(*requests),
                       to_text(*groups), *groups > 0 ? *requests / *groups : 0.0);
}

}  // namespace

Result<GoalResult> measure_against_no_op(const Workshop& workshop) {
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::syncs});
    if (!shop) return shop.failure();
    const auto sides = run_in_turn(workshop.form, goal_connections, sell_hot_coupon(*shop),
                                   [&shop](const CrowdSize& size) { return knock(*shop, size); });
    if (!sides) return sides.failure();
    auto groups = describe_groups(*shop);
    if (!groups) return groups.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();

    GoalResult result;
    result.figures = {
        ratio_of("issues ÷ no-op requests", *sides, {.side = Target::Side::at_least, .value = 0.5}),
        rate_of("issues", sides->above),
        figure_of("issues: p99", "ms", sides->above, p99_milliseconds),
        rate_of("no-op requests", sides->below),
        figure_of("no-op requests: p99", "ms", sides->below, p99_milliseconds)};
    append(result.figures, counts_of("an issue", sides->above));
    append(result.figures, costs_of("an issue", sides->above));
    append(result.figures, costs_of("a no-op request", sides->below));
    result.notes.push_back(*std::move(groups));
    return result;
}

Result<GoalResult> measure_against_groups_of_one(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    auto one_by_one = Shop::open(workshop, {.flags = {"--group-max", "1"}});
    if (!one_by_one) return one_by_one.failure();
    const auto sides = run_in_turn(workshop.form, goal_connections, sell_hot_coupon(*shop),
                                   sell_hot_coupon(*one_by_one));
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto closed = one_by_one->close(); !closed) return closed.failure();

    GoalResult result;
    result.figures = {ratio_of("issues ÷ issues in groups of one", *sides,
                               {.side = Target::Side::at_least, .value = 8, .floor = 2}),
                      rate_of("issues", sides->above),
                      rate_of("issues in groups of one", sides->below)};
    return result;
}

Result<GoalResult> measure_many_coupons(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const std::size_t coupon_count = workshop.form.is_short ? many_coupons_in_short : many_coupons;
    auto offer = announce(*shop, coupon_count, endless_stock);
    if (!offer) return offer.failure();
    const auto sides = run_in_turn(
        workshop.form, goal_connections,
        [&](const CrowdSize& size) { return sell(*shop, *offer, size); }, sell_hot_coupon(*shop));
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();

    GoalResult result;
    result.figures = {ratio_of("issues of many coupons ÷ of one", *sides,
                               {.side = Target::Side::at_least, .value = 0.7}),
                      rate_of("issues of many coupons", sides->above),
                      rate_of("issues of one", sides->below)};
    append(result.figures, costs_of("an issue of many coupons", sides->above));
    append(result.figures, costs_of("an issue of one", sides->below));
    result.notes.push_back(
        fmt::format("{} coupons, asked for in turn: no two requests of a group want the same.",
                    to_text(static_cast<double>(coupon_count))));
    return result;
}

}  // namespace dibs::bench
