#include "load/restart.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "http/client.h"
#include "load/filled_store.h"
#include "load/shop.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: a start takes tens of milliseconds, so one round is over soon and says little.
constexpr int restarts_each_round = 4;

/// A store that is opened again and again, and what was asked of it so far.
struct RestartedStore {
    FilledStore store;
    std::int64_t issued = 0;
};

/// Asks on a connection that is gone afterwards: a service that ends waits for idle ones.
Result<http::ClientResponse> ask(const app::Endpoint& address, const RestartedStore& at) {
    http::Client client(address.host, address.port, std::chrono::seconds(60));
    return client.request("POST", fmt::format("/api/v1/coupons/{}/me", at.store.coupon_id),
                          {{"X-User-Id", fmt::format("restart-{}", at.issued)}});
}

/// Starts a service over the store and asks for a coupon until it is there: milliseconds from the
/// start to the answer, which must have the next rank: so it was not given before all events were
/// counted. Fails: corrupted, unavailable.
Result<double> restart(const Workshop& workshop, RestartedStore& at) {
    const auto begun_at = std::chrono::steady_clock::now();
    // The events are days old: the daily fold would take them all as soon as the service is up.
    auto shop =
        Shop::open(workshop, {.flags = {"--compact-keep-days", "3650"}, .store = at.store.url});
    if (!shop) return shop.failure();
    const auto answer = ask(shop->address(), at);
    const double taken =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun_at)
            .count();
    if (!answer) return answer.failure();
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(answer->body, error);
    const auto* const rank = body.is_object() ? body.as_object().if_contains("rank") : nullptr;
    ++at.issued;
    if (answer->status != 201 || rank == nullptr || *rank != at.issued) {
        return Failure{
            FailureKind::corrupted,
            fmt::format("the {}th to ask was told {} {}", at.issued, answer->status, answer->body)};
    }
    if (auto left = shop->leave(); !left) return left.failure();
    return taken;
}

Result<void> verify(const Workshop& workshop, const FilledStore& store) {
    auto shop =
        Shop::open(workshop, {.flags = {"--compact-keep-days", "3650"}, .store = store.url});
    if (!shop) return shop.failure();
    return shop->close();
}

Result<RestartedStore> fill(const Workshop& workshop, std::int64_t events, std::int64_t before) {
    auto store = fill_store(workshop, {.issues = events, .is_live = true, .issues_before = before});
    if (!store) return store.failure();
    return RestartedStore{.store = *std::move(store), .issued = events};
}

}  // namespace

Result<GoalResult> measure_restart(const Workshop& workshop) {
    const Form& form = workshop.form;
    base::ensure(!form.row_counts.empty(), "a curve has points");
    auto empty = fill(workshop, 0, 0);
    if (!empty) return empty.failure();
    std::vector<RestartedStore> full;
    for (const std::int64_t rows : form.row_counts) {
        auto filled = fill(workshop, form.event_count, rows);
        if (!filled) return filled.failure();
        full.push_back(*std::move(filled));
    }
    const auto event_text = to_text(static_cast<double>(form.event_count));
    const auto rows_text = to_text(static_cast<double>(form.row_counts.back()));
    Figure with_none{.name = "with an empty store", .unit = "ms", .rounds = {}};
    Curve curve{.name = "From the start to a coupon in hand",
                .unit = "ms",
                .across = fmt::format("registrations before, beside {} events since the last fold",
                                      event_text),
                .is_logarithmic = true,
                .points = {}};
    for (const std::int64_t rows : form.row_counts) {
        curve.points.push_back({.at = static_cast<double>(rows), .rounds = {}});
    }
    // The first start of each reads the binary and the store from the disk.
    if (auto first = restart(workshop, *empty); !first) return first.failure();
    for (RestartedStore& store : full) {
        if (auto first = restart(workshop, store); !first) return first.failure();
    }
    for (std::size_t i = 0; i < form.rounds * restarts_each_round; ++i) {
        const auto fastest = restart(workshop, *empty);
        if (!fastest) return fastest.failure();
        with_none.rounds.push_back(*fastest);
        for (std::size_t store = 0; store < full.size(); ++store) {
            const auto taken = restart(workshop, full[store]);
            if (!taken) return taken.failure();
            curve.points[store].rounds.push_back(*taken);
        }
    }
    if (auto verified = verify(workshop, empty->store); !verified) return verified.failure();
    for (const RestartedStore& store : full) {
        if (auto verified = verify(workshop, store.store); !verified) return verified.failure();
    }

    const Figure with_all{.name = fmt::format("with {} registrations and {} events since the last "
                                              "fold",
                                              rows_text, event_text),
                          .unit = "ms",
                          .rounds = curve.points.back().rounds};
    GoalResult result;
    result.figures = {
        {.name = fmt::format("restart with {} registrations and {} events ÷ with none", rows_text,
                             event_text),
         .unit = "",
         .rounds = ratios(with_all.rounds, with_none.rounds),
         .target = Target{.side = Target::Side::at_most, .value = 2}},
        with_all,
        with_none};
    result.curves.push_back(std::move(curve));
    result.notes.push_back(fmt::format(
        "{} starts of each, in turn, each from the start of the process to a coupon in hand, whose "
        "rank counts all that were issued before. The service was ended in order before.",
        form.rounds * restarts_each_round));
    return result;
}

}  // namespace dibs::bench
