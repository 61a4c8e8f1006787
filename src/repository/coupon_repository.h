#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/coupon.h"
#include "domain/coupon_create.h"

namespace dibs::repository {

/// Some rows of a longer listing, and whether more follow.
template <typename Row>
struct Page {
    std::vector<Row> rows;
    bool has_more = false;
};

/// One coupon's stream, opened by somebody who has it to themselves.
struct OpenCoupon {
    /// The coupon at the head of its stream; nothing if there is no such coupon.
    std::optional<domain::Coupon> coupon;
    /// What the users that were asked for were ever registered for, of this coupon.
    domain::Holdings holdings;
};

/// What one transaction of a store can be about.
enum class GroupScope : std::uint8_t {
    all_coupons,  ///< Any number of coupons: one writer, and one commit for all who wait.
    one_coupon,   ///< One coupon's stream: several write at once, each to another stream.
};

/// The books while a group is being decided: one transaction, one turn.
///
/// Open each coupon once, decide, append what was decided, commit. Destroyed without a commit, it
/// leaves no trace. Belongs to the thread that opened it.
class Books {
public:
    virtual ~Books() = default;

    /// Opens a coupon at its head, for these users; one who is named twice is read once. From here
    /// to the end of the transaction nobody else appends to its stream. Where the store's groups
    /// are of one coupon (`GroupScope`), only one may be opened. Fails: unavailable, conflict,
    /// corrupted.
    [[nodiscard]] virtual base::Result<OpenCoupon> open(
        domain::CouponId coupon_id, std::span<const domain::UserId* const> users) = 0;

    /// Writes three rows for each registration: inventory event, history event, registered coupon.
    /// A store may put the writing off until the commit; then that is where it fails.
    /// Fails: unavailable, refused (a key, a CHECK or a trigger said no), conflict, corrupted.
    [[nodiscard]] virtual base::Result<void> append(
        std::span<const domain::RegisteredCouponCreate> creates) = 0;

    /// Makes all of it durable, or none, and with it all that the opening has shown. The point of
    /// no return. Blocks for one fsync.
    /// Fails: in_doubt (look before you answer), unavailable (nothing was written), and as
    /// `append`.
    [[nodiscard]] virtual base::Result<void> commit() = 0;
};

/// What became of a change of the stock.
struct StockChange {
    enum class Outcome : std::uint8_t { appended, coupon_not_found, below_zero, too_large };
    Outcome outcome = Outcome::coupon_not_found;
    std::optional<domain::CouponInventory> event;  ///< The event that was appended.
    std::int64_t stock = 0;                        ///< As it is now, appended or not.
};

/// What a change that the rules refuse comes to.
[[nodiscard]] StockChange::Outcome outcome_of(domain::StockRefusal refusal);

/// What became of taking a registered coupon back.
struct TakeBack {
    enum class Outcome : std::uint8_t { returned, not_found, already_returned };
    Outcome outcome = Outcome::not_found;
    std::optional<domain::CouponInventory> event;
    std::optional<domain::RegisteredCoupon> registered;
};

/// A registered coupon with what its coupon says.
struct RegisteredWithTerms {
    domain::RegisteredCoupon registered;
    std::shared_ptr<const domain::CouponTerms> terms;
};

/// A place in a user's listing, newest first.
struct ListingPlace {
    base::Instant registered_at;
    domain::RegistrationId id;
};

/// A page of what a user is registered for: from the one after `after`, or from the newest.
struct ListingQuery {
    domain::UserId user;
    std::optional<ListingPlace> after;
    std::size_t count_max = 0;
};
using Listing = Page<RegisteredWithTerms>;

/// What is kept: coupons, their books, who holds what. The promises here hold on every backend and
/// are tried on each by `tests/contract/`.
///
/// Every method may be called from any thread and blocks for as long as the store takes. Whatever a
/// method has written when it returns a value is durable. Reads never wait for a write.
class CouponRepository {
public:
    virtual ~CouponRepository() = default;

    /// Waits for its turn at the store and opens the books.
    /// Fails: unavailable.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Books>> open_books() = 0;

    // Writing. All of it fails with unavailable, conflict (others were there first, again and
    // again; nothing was written), refused (a guard said no), in_doubt or corrupted.

    /// Keeps a new coupon and its first event.
    [[nodiscard]] virtual base::Result<domain::Coupon> create(const domain::CouponCreate& create,
                                                              base::Instant now) = 0;

    /// Changes a coupon's terms for every event after the head of its stream; the terms that were
    /// in force are kept. `check` is shown the terms as they would become and may refuse them;
    /// nothing is written then, and it fails with whatever `check` fails with. Nothing if there is
    /// no such coupon.
    [[nodiscard]] virtual base::Result<std::optional<domain::Coupon>> patch(
        domain::CouponId coupon_id, const domain::CouponPatch& patch,
        const std::function<base::Result<void>(const domain::CouponTerms&)>& check,
        base::Instant now) = 0;

    /// Appends a `stocked` or `adjusted` event, if the rules allow.
    [[nodiscard]] virtual base::Result<StockChange> change_stock(domain::CouponId coupon_id,
                                                                 domain::InventoryKind kind,
                                                                 std::int64_t amount,
                                                                 const std::string& reason,
                                                                 base::Instant now) = 0;

    /// Appends a `returned` event and marks the registered coupon.
    [[nodiscard]] virtual base::Result<TakeBack> take_back(domain::RegistrationId id,
                                                           const std::string& reason,
                                                           base::Instant now) = 0;

    // Reading. All of it fails with unavailable or corrupted.

    /// The coupon at its head; nothing if there is none.
    [[nodiscard]] virtual base::Result<std::optional<domain::Coupon>> find(
        domain::CouponId coupon_id) = 0;

    /// Coupons by id, from the one after `after`.
    [[nodiscard]] virtual base::Result<Page<domain::Coupon>> list(domain::CouponId after,
                                                                  std::size_t count_max) = 0;

    /// Coupons whose window has not closed at `now`: by start, then id, from the one after `after`.
    struct OpeningPlace {
        base::Instant from;
        domain::CouponId id;
    };
    [[nodiscard]] virtual base::Result<Page<domain::Coupon>> list_open(
        base::Instant now, std::optional<OpeningPlace> after, std::size_t count_max) = 0;

    /// The terms that were in force for the event at `sequence`.
    [[nodiscard]] virtual base::Result<std::shared_ptr<const domain::CouponTerms>> terms_at(
        domain::CouponId coupon_id, domain::Sequence sequence) = 0;

    /// What users are registered for, each newest first: the listings that are asked for, in their
    /// order. They are read together, which costs less than one by one; but a row that can't be
    /// read is a failure of its user's listing alone.
    [[nodiscard]] virtual std::vector<base::Result<Listing>> list_registered(
        std::span<const ListingQuery> queries) = 0;

    /// One of them; nothing if there is none or it is somebody else's.
    [[nodiscard]] virtual base::Result<std::optional<RegisteredWithTerms>> find_registered(
        const domain::UserId& user, domain::RegistrationId id) = 0;

    /// A coupon's live events, by sequence, from the one after `after`.
    [[nodiscard]] virtual base::Result<Page<domain::CouponInventory>> live_events(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max) = 0;

    /// A coupon's history within `from` and `to` (both inclusive), by sequence, from the one after
    /// `after`.
    [[nodiscard]] virtual base::Result<Page<domain::CouponInventoryHistory>> history(
        domain::CouponId coupon_id, base::Instant from, base::Instant to, domain::Sequence after,
        std::size_t count_max) = 0;

    /// The balance after the last event of a coupon's history that was created at or before `at`.
    [[nodiscard]] virtual base::Result<domain::Balance> balance_at(domain::CouponId coupon_id,
                                                                   base::Instant at) = 0;

    /// Who is registered for a coupon, by sequence, from the one after `after`.
    [[nodiscard]] virtual base::Result<Page<domain::RegisteredCoupon>> registrations(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max) = 0;
};

}  // namespace dibs::repository
