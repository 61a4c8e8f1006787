#include "repository/listing_filler.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/log.h"

// A commit is waited for, so nothing lingers before it. Nobody waits for this: whoever reads before
// it is done reads where the rows were written. So it rests when less than a full portion was due:
// the next is the larger for it, and each costs a sync at every server that has a part in it.

namespace dibs::repository {

using base::Result;
using domain::RegisteredCoupon;

namespace {

// choice: ten portions a second cost next to nothing beside the groups that they are of, and what
// came in a tenth of a second is seldom more than one holds.
constexpr std::chrono::milliseconds rest_after_portion{100};

// choice: what another process left behind, by dying or by not filling, is found within this. It
// costs one look at an empty index for each server.
constexpr std::chrono::milliseconds look_interval{250};

/// In the order of the key, and each once: who fills the same rows at the same time locks them in
/// the same order, and no statement may write a row twice.
void bring_in_order(std::vector<RegisteredCoupon>& registered) {
    const auto key = [](const RegisteredCoupon& one) {
        return std::tie(one.user_id, one.registered_at, one.coupon_id, one.sequence);
    };
    std::ranges::sort(registered, {}, key);
    const auto twice = std::ranges::unique(registered, {}, key);
    registered.erase(twice.begin(), twice.end());
}

}  // namespace

ListingFiller::ListingFiller(std::vector<PostgresListing*> listings)
    : map_(listings.size()), listings_(std::move(listings)), is_failing_(listings_.size()) {}

void ListingFiller::start() {
    thread_ = base::NamedThread("listing-filler", [this] { run(); });
}

void ListingFiller::stop() {
    state_.with([](State& state) { state.is_stopping = true; });
    state_.notify_all();
    thread_.join();
}

void ListingFiller::wake() {
    state_.with([](State& state) { state.may_be_due = true; });
    state_.notify_all();
}

bool ListingFiller::is_stopping() const {
    return state_.with([](const State& state) { return state.is_stopping; });
}

void ListingFiller::run() {
    while (!is_stopping()) {
        if (fill_round()) continue;
        rest(rest_after_portion);
        state_.wait_until(
            std::chrono::steady_clock::now() + look_interval,
            [](const State& state) { return state.may_be_due || state.is_stopping; },
            [](State& state) { state.may_be_due = false; });
    }
}

void ListingFiller::rest(std::chrono::milliseconds duration) {
    state_.wait_until(
        std::chrono::steady_clock::now() + duration,
        [](const State& state) { return state.is_stopping; }, [](const State&) {});
}

bool ListingFiller::fill_round() {
    bool is_more = false;
    for (std::size_t place = 0; place < listings_.size() && !is_stopping(); ++place) {
        const auto filled = fill_from(place);
        note(place, filled);
        is_more = is_more || (filled && *filled == PostgresListing::due_max);
    }
    return is_more;
}

// A server that can't be reached is asked again at the next look: its pool sees to the pauses.
void ListingFiller::note(std::size_t place, const Result<std::size_t>& filled) {
    if (filled) {
        is_failing_[place] = false;
        return;
    }
    if (is_failing_[place]) return;
    is_failing_[place] = true;
    base::log::warning("listings-not-filled", {{"server", place + 1},
                                               {"failure", name_of(filled.failure().kind)},
                                               {"why", filled.failure().what}});
}

Result<std::size_t> ListingFiller::fill_from(std::size_t place) {
    auto due = listings_[place]->take_due();
    if (!due) return due.failure();
    if (!*due) return 0U;
    const std::size_t count = (*due)->numbers.size();
    std::vector<ListedRows> rows_of(listings_.size());
    bring_in_order((*due)->rows.registered);
    for (RegisteredCoupon& one : (*due)->rows.registered) {
        rows_of[map_.place_of(one.user_id)].registered.push_back(std::move(one));
    }
    for (std::size_t to = 0; to < listings_.size(); ++to) {
        if (rows_of[to].registered.empty() && !(*due)->are_terms_new) continue;
        rows_of[to].coupons = (*due)->rows.coupons;
        if (auto put = listings_[to]->put(rows_of[to]); !put) return put.failure();
    }
    // From here on a reader finds it in the listings; before, where it was written.
    if (auto settled = listings_[place]->settle(**std::move(due)); !settled) {
        return settled.failure();
    }
    return count;
}

}  // namespace dibs::repository
