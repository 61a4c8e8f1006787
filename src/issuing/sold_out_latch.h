#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/workers.h"
#include "domain/ids.h"
#include "repository/coupon_repository.h"
#include "repository/shard_map.h"

namespace dibs::issuing {

/// Remembers which coupons have nothing left, so that those who come too late are told so without a
/// look at the store.
///
/// Somebody who was ever issued the coupon is let through all the same, because theirs is another
/// answer (the one that they got, or what they hold). So a closed coupon comes with the set of all
/// who were issued it, which can't change while nothing is left. It is read in the background,
/// after the first refusal; until then, everybody takes the long way, which is as right and only
/// slower.
///
/// Whatever adds to a stock must have a `KeptOpen` from before it is written until it is known
/// whether it was: customers see what is on the shelf as soon as it is there, before anybody was
/// told of it. Where other processes add to stocks as well, a `LatchWatch` has to look whether the
/// closed coupons' streams stand still, and only what it has seen to stand still turns anybody
/// away: what was read to close a coupon may be old by the time it is there. Any thread may call.
class SoldOutLatch {
public:
    /// Opens a coupon, and keeps it open for as long as it lives. The latch must outlive it.
    class [[nodiscard]] KeptOpen {
    public:
        KeptOpen(SoldOutLatch& latch, domain::CouponId coupon_id);
        ~KeptOpen();
        KeptOpen(const KeptOpen&) = delete;
        KeptOpen& operator=(const KeptOpen&) = delete;

    private:
        SoldOutLatch& latch_;
        const domain::CouponId coupon_id_;
    };

    // choice: 64 MiB of hashes over all closed coupons. A coupon that would go beyond it stays
    // open: its refusals take the long way.
    static constexpr std::size_t usual_holders_max =
        std::size_t{64} * 1024 * 1024 / sizeof(std::uint64_t);

    /// `coupons` and `workers` must outlive it. The workers read whole streams: nobody should wait
    /// behind them. `holders_max`: of all closed coupons together, 8 bytes each.
    SoldOutLatch(repository::CouponRepository& coupons, base::Workers& workers,
                 std::size_t holders_max = usual_holders_max);

    /// Whether to tell this user, without a look, that the coupon is sold out.
    [[nodiscard]] bool turns_away(domain::CouponId coupon_id, const domain::UserId& user) const;

    /// How often anything was opened. Read it before the books are opened, and hand it to
    /// `close_soon`.
    [[nodiscard]] std::uint64_t generation() const;

    /// Closes a coupon whose books, opened after `generation` was read, showed a stock of zero. If
    /// it has been opened since, or is before the set is read, nothing is closed: the next refusal
    /// tries again. One with more holders than there is room for is not read again before
    /// something makes room.
    void close_soon(domain::CouponId coupon_id, std::uint64_t generation);

    /// Lets everybody through again.
    void open(domain::CouponId coupon_id);

    // For who looks whether the streams stand still. Where a store is several servers, each is
    // looked at by itself; `where` says which one, and a store that is one has every coupon.

    /// From here on a coupon that is closed turns nobody away before it is confirmed.
    void wait_for_looks();

    /// The closed coupons that lie there, each with the last event of its stream when it was read,
    /// confirmed or not.
    [[nodiscard]] std::vector<std::pair<domain::CouponId, domain::Sequence>> closed(
        repository::ShardPlace where = {}) const;

    /// Says that streams were seen to end there still, by a look that began after they were given
    /// by `closed`.
    void confirm(const std::vector<std::pair<domain::CouponId, domain::Sequence>>& seen);

    /// Opens every coupon that lies there and closes none of them until `allow_closing`: what can't
    /// be checked must not turn anybody away. A set that is being read is given up at its next
    /// page.
    void forbid_closing(repository::ShardPlace where = {});
    void allow_closing(repository::ShardPlace where = {});

    /// How many coupons turn somebody away.
    [[nodiscard]] std::size_t closed_count() const;

private:
    /// Hashes of user ids, ascending. A collision lets somebody through, which costs a look.
    using Holders = std::vector<std::uint64_t>;

    struct Closed {
        std::shared_ptr<const Holders> holders;
        domain::Sequence head;  // Of the stream as it was read; 0 if it had no event.
        bool is_confirmed = false;
    };

    // choice: so that a coupon is seldom held up by another one's restock; 8 KiB.
    static constexpr std::size_t opening_count = 1'024;

    struct State {
        std::uint64_t generation = 0;
        // The generation of the last opening, of all coupons that share the place.
        std::array<std::uint64_t, opening_count> opened_at{};
        std::unordered_map<domain::CouponId, Closed> closed;
        std::unordered_set<domain::CouponId> closing;
        std::unordered_set<domain::CouponId> without_room;
        std::unordered_map<domain::CouponId, int> kept_open;  // By how many.
        std::vector<repository::ShardPlace> unwatched;        // Where nothing may be closed.
        bool waits_for_looks = false;
        std::size_t holder_count = 0;  // Of all closed coupons together.

        [[nodiscard]] bool may_close(domain::CouponId coupon_id) const {
            return std::ranges::none_of(unwatched, [&](const repository::ShardPlace& place) {
                return place.has(coupon_id);
            });
        }
        // Whether what was seen of the coupon since then may still hold.
        [[nodiscard]] bool may_close_since(std::uint64_t since, domain::CouponId coupon_id) const {
            return may_close(coupon_id) && opened_at[place_of(coupon_id)] <= since &&
                   !kept_open.contains(coupon_id);
        }
    };

    static std::size_t place_of(domain::CouponId coupon_id) {
        return static_cast<std::size_t>(coupon_id.value) % opening_count;
    }

    static void open_in(State& state, domain::CouponId coupon_id);
    void close(domain::CouponId coupon_id, std::uint64_t generation);
    // Nothing if they can't be read, or something is left after all. More than there is room for
    // are given unsorted, and not all of them.
    [[nodiscard]] std::optional<Closed> read_holders(domain::CouponId coupon_id,
                                                     std::uint64_t generation);

    repository::CouponRepository& coupons_;
    base::Workers& workers_;
    const std::size_t holders_max_;
    base::Guarded<State> state_;
};

}  // namespace dibs::issuing
