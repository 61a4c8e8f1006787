#include "issuing/sold_out_latch.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "base/log.h"

namespace dibs::issuing {

namespace {

// choice: rows per read; a page is a few milliseconds of a reader's time.
constexpr std::size_t rows_per_page = 10'000;

std::uint64_t hash_of(const domain::UserId& user) {
    return std::hash<std::string>()(user.text());
}

}  // namespace

SoldOutLatch::SoldOutLatch(repository::CouponRepository& coupons, base::Workers& workers,
                           std::size_t holders_max)
    : coupons_(coupons), workers_(workers), holders_max_(holders_max) {}

bool SoldOutLatch::turns_away(domain::CouponId coupon_id, const domain::UserId& user) const {
    const auto holders = state_.with([&](const State& state) {
        const auto found = state.closed.find(coupon_id);
        const bool is_closed = found != state.closed.end() && found->second.is_confirmed;
        return is_closed ? found->second.holders : nullptr;
    });
    return holders && !std::ranges::binary_search(*holders, hash_of(user));
}

std::uint64_t SoldOutLatch::generation() const {
    return state_.with([](const State& state) { return state.generation; });
}

void SoldOutLatch::close_soon(domain::CouponId coupon_id, std::uint64_t generation) {
    const bool is_new = state_.with([&](State& state) {
        return state.may_close_since(generation, coupon_id) && !state.closed.contains(coupon_id) &&
               !state.without_room.contains(coupon_id) && state.closing.insert(coupon_id).second;
    });
    if (!is_new) return;
    const bool is_taken =
        workers_.submit([this, coupon_id, generation] { close(coupon_id, generation); });
    if (!is_taken) state_.with([&](State& state) { state.closing.erase(coupon_id); });
}

void SoldOutLatch::open(domain::CouponId coupon_id) {
    state_.with([&](State& state) { open_in(state, coupon_id); });
}

void SoldOutLatch::open_in(State& state, domain::CouponId coupon_id) {
    state.opened_at[place_of(coupon_id)] = ++state.generation;
    state.without_room.erase(coupon_id);
    const auto found = state.closed.find(coupon_id);
    if (found == state.closed.end()) return;
    state.holder_count -= found->second.holders->size();
    state.without_room.clear();
    state.closed.erase(found);
}

SoldOutLatch::KeptOpen::KeptOpen(SoldOutLatch& latch, domain::CouponId coupon_id)
    : latch_(latch), coupon_id_(coupon_id) {
    latch_.state_.with([&](State& state) {
        ++state.kept_open[coupon_id_];
        open_in(state, coupon_id_);
    });
}

// Closings that began meanwhile may have seen the stock before it was added to: the generation that
// they began under is over.
SoldOutLatch::KeptOpen::~KeptOpen() {
    latch_.state_.with([&](State& state) {
        state.opened_at[place_of(coupon_id_)] = ++state.generation;
        const auto found = state.kept_open.find(coupon_id_);
        if (--found->second == 0) state.kept_open.erase(found);
    });
}

void SoldOutLatch::wait_for_looks() {
    state_.with([](State& state) { state.waits_for_looks = true; });
}

std::vector<std::pair<domain::CouponId, domain::Sequence>> SoldOutLatch::closed(
    repository::ShardPlace where) const {
    return state_.with([&](const State& state) {
        std::vector<std::pair<domain::CouponId, domain::Sequence>> all;
        for (const auto& [coupon_id, closed] : state.closed) {
            if (where.has(coupon_id)) all.emplace_back(coupon_id, closed.head);
        }
        return all;
    });
}

// One that was opened and closed again meanwhile ends elsewhere now.
void SoldOutLatch::confirm(const std::vector<std::pair<domain::CouponId, domain::Sequence>>& seen) {
    state_.with([&](State& state) {
        for (const auto& [coupon_id, head] : seen) {
            const auto found = state.closed.find(coupon_id);
            if (found != state.closed.end() && found->second.head == head) {
                found->second.is_confirmed = true;
            }
        }
    });
}

// Closings that are under way are given up, other servers' as well, for which the next refusal
// tries again: this happens once for each time that a server falls silent.
void SoldOutLatch::forbid_closing(repository::ShardPlace where) {
    state_.with([&](State& state) {
        if (std::ranges::find(state.unwatched, where) != state.unwatched.end()) return;
        state.unwatched.push_back(where);
        state.opened_at.fill(++state.generation);
        state.without_room.clear();
        std::erase_if(state.closed, [&](const auto& entry) {
            if (!where.has(entry.first)) return false;
            state.holder_count -= entry.second.holders->size();
            return true;
        });
    });
}

void SoldOutLatch::allow_closing(repository::ShardPlace where) {
    state_.with([&](State& state) { std::erase(state.unwatched, where); });
}

std::size_t SoldOutLatch::closed_count() const {
    return state_.with([](const State& state) {
        return static_cast<std::size_t>(std::ranges::count_if(
            state.closed, [](const auto& entry) { return entry.second.is_confirmed; }));
    });
}

void SoldOutLatch::close(domain::CouponId coupon_id, std::uint64_t generation) {
    auto read = read_holders(coupon_id, generation);
    state_.with([&](State& state) {
        state.closing.erase(coupon_id);
        // It was opened since the stock was seen to be zero: what was read may be of another time.
        if (!read || !state.may_close_since(generation, coupon_id)) return;
        if (state.holder_count + read->holders->size() > holders_max_) {
            state.without_room.insert(coupon_id);
            return;
        }
        state.holder_count += read->holders->size();
        read->is_confirmed = !state.waits_for_looks;
        state.closed.emplace(coupon_id, *std::move(read));
    });
}

std::optional<SoldOutLatch::Closed> SoldOutLatch::read_holders(domain::CouponId coupon_id,
                                                               std::uint64_t generation) {
    auto holders = std::make_shared<Holders>();
    domain::Sequence head;
    std::int64_t stock = 0;
    while (state_.with(
        [&](const State& state) { return state.may_close_since(generation, coupon_id); })) {
        const auto page = coupons_.history(coupon_id, base::earliest_instant(),
                                           base::latest_instant(), head, rows_per_page);
        if (!page) {
            base::log::warning("latch-not-closed",
                               {{"coupon", coupon_id.value}, {"why", page.failure().what}});
            return std::nullopt;
        }
        for (const domain::CouponInventory& event : page->rows) {
            if (event.kind == domain::InventoryKind::issued)
                holders->push_back(hash_of(*event.user_id));
        }
        if (!page->rows.empty()) {
            head = page->rows.back().sequence;
            stock = page->rows.back().stock_after;
        }
        if (page->has_more && holders->size() <= holders_max_) continue;
        // Another process may have added to the stock since it was seen to be zero here; of that no
        // generation tells.
        if (!page->has_more && stock != 0) return std::nullopt;
        // Too many have no place to be looked for.
        if (holders->size() <= holders_max_) {
            std::ranges::sort(*holders);
            holders->shrink_to_fit();  // What is counted is the size.
        }
        return Closed{.holders = std::move(holders), .head = head, .is_confirmed = false};
    }
    return std::nullopt;
}

}  // namespace dibs::issuing
