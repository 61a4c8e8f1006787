#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/coupon.h"
#include "domain/coupon_create.h"
#include "support/moments.h"

// Things to test with, said in one breath: `a_coupon().with_stock(100).limit(3)`. What a test does
// not say does not matter to it.

namespace dibs::test {

/// A coupon: open for a day from noon, one per user, nothing in stock.
class CouponBuilder {
public:
    CouponBuilder& named(std::string name);
    CouponBuilder& described(std::string description);
    CouponBuilder& from(base::Instant from);
    CouponBuilder& to(base::Instant to);
    CouponBuilder& limit(std::int64_t limit_per_user);
    CouponBuilder& with_stock(std::int64_t stock);

    /// As an operator asks for it.
    [[nodiscard]] const domain::CouponCreate& create() const { return create_; }
    /// As it is announced under that id, created at noon.
    [[nodiscard]] domain::CouponTerms terms(std::int64_t id = 1) const;
    /// With its books open in memory: one `stocked` event, if there is any stock.
    [[nodiscard]] domain::Coupon open(std::int64_t id = 1) const;

private:
    domain::CouponCreate create_{.name = "Black Friday 50%",
                                 .description = "",
                                 .from = noon,
                                 .to = noon + 24h,
                                 .limit_per_user = 1,
                                 .stock = 0};
};
[[nodiscard]] CouponBuilder a_coupon();

/// A registered coupon: the first of user "alice", of coupon 1, at noon.
class RegistrationBuilder {
public:
    RegistrationBuilder& of(std::string_view user_name);
    RegistrationBuilder& coupon(std::int64_t id);
    RegistrationBuilder& sequence(std::int64_t sequence);
    RegistrationBuilder& nth(std::int64_t nth);
    RegistrationBuilder& rank(std::int64_t rank);
    RegistrationBuilder& with_key(std::string_view key_text);
    RegistrationBuilder& returned();

    [[nodiscard]] const domain::RegisteredCoupon& registered() const { return registered_; }

private:
    domain::RegisteredCoupon registered_{.coupon_id = domain::CouponId{1},
                                         .sequence = domain::Sequence{2},
                                         .user_id = user("alice"),
                                         .nth = 1,
                                         .rank = 1,
                                         .idempotency_key = std::nullopt,
                                         .registered_at = noon,
                                         .status = domain::RegistrationStatus::active};
};
[[nodiscard]] RegistrationBuilder a_registration();

/// A coupon's events, each a second after the one before, the first at noon. It sums by itself: no
/// code of the domain is in what it gives.
class StreamBuilder {
public:
    explicit StreamBuilder(std::int64_t coupon_id) : coupon_id_(coupon_id) {}

    /// Begins the stream with the fold of what came before.
    StreamBuilder& cumulative(std::int64_t sequence, std::int64_t stock, std::int64_t issued);
    StreamBuilder& stocked(std::int64_t amount);
    StreamBuilder& adjusted(std::int64_t amount);
    StreamBuilder& issued(std::string_view user_name);
    StreamBuilder& returned(std::string_view user_name);
    /// The time of the next event.
    StreamBuilder& at(base::Instant next);

    [[nodiscard]] const std::vector<domain::CouponInventory>& events() const { return events_; }

private:
    StreamBuilder& append(domain::InventoryKind kind, std::int64_t amount,
                          std::optional<domain::UserId> user_id);

    std::int64_t coupon_id_;
    std::int64_t head_ = 0;
    std::int64_t stock_ = 0;
    std::int64_t issued_ = 0;
    base::Instant next_at_ = noon;
    std::vector<domain::CouponInventory> events_;
};
[[nodiscard]] StreamBuilder stream(std::int64_t coupon_id);

/// One who asks for a coupon: at noon, with no key, unless said otherwise.
struct Asking {
    explicit Asking(std::string_view name, base::Instant at = noon)
        : user_id(user(name)), arrived_at(at) {}
    Asking(std::string_view name, std::string_view key_text, base::Instant at = noon)
        : user_id(user(name)), idempotency_key(key(key_text)), arrived_at(at) {}

    [[nodiscard]] domain::IssueRequest request() const {
        return {.user_id = user_id, .idempotency_key = idempotency_key, .arrived_at = arrived_at};
    }

    domain::UserId user_id;
    std::optional<domain::IdempotencyKey> idempotency_key;
    base::Instant arrived_at;
};

}  // namespace dibs::test
