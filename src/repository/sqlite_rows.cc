#include "repository/sqlite_rows.h"

#include <fmt/format.h>

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::from_microseconds;
using base::Result;
using database::SqliteStatement;
using domain::Balance;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using domain::Sequence;

namespace {

Failure contradiction(std::string_view table, CouponId coupon_id, Sequence sequence,
                      std::string_view column) {
    return {FailureKind::corrupted,
            fmt::format("{} of coupon {} at sequence {}: column {} can't be read", table,
                        coupon_id.value, sequence.value, column)};
}

}  // namespace

CouponTerms read_terms(const SqliteStatement& row, int first) {
    return CouponTerms{.id = CouponId{row.integer(first)},
                       .name = std::string(row.text(first + 1)),
                       .description = std::string(row.text(first + 2)),
                       .from = from_microseconds(row.integer(first + 3)),
                       .to = from_microseconds(row.integer(first + 4)),
                       .limit_per_user = row.integer(first + 5),
                       .created_at = from_microseconds(row.integer(first + 6))};
}

Balance read_balance(const SqliteStatement& row, int first) {
    return Balance{Sequence{row.integer(first)}, row.integer(first + 1), row.integer(first + 2)};
}

Result<CouponInventory> read_event(const SqliteStatement& row) {
    CouponInventory event{.coupon_id = CouponId{row.integer(0)},
                          .sequence = Sequence{row.integer(1)},
                          .kind = {},
                          .amount = row.integer(3),
                          .stock_after = row.integer(4),
                          .issued_after = row.integer(5),
                          .user_id = std::nullopt,
                          .reason = std::string(row.text(7)),
                          .created_at = from_microseconds(row.integer(8))};
    const auto kind = domain::parse_inventory_kind(row.text(2));
    if (!kind) return contradiction("inventory event", event.coupon_id, event.sequence, "kind");
    event.kind = *kind;
    if (!row.is_null(6)) {
        event.user_id = domain::UserId::parse(row.text(6));
        if (!event.user_id) {
            return contradiction("inventory event", event.coupon_id, event.sequence, "user_id");
        }
    }
    return event;
}

Result<RegisteredCoupon> read_registered(const SqliteStatement& row) {
    const CouponId coupon_id{row.integer(0)};
    const Sequence sequence{row.integer(1)};
    auto user = domain::UserId::parse(row.text(2));
    if (!user) return contradiction("registered coupon", coupon_id, sequence, "user_id");
    const auto status = domain::parse_registration_status(row.text(7));
    if (!status) return contradiction("registered coupon", coupon_id, sequence, "status");
    std::optional<domain::IdempotencyKey> key;
    if (!row.is_null(5)) {
        key = domain::IdempotencyKey::parse(row.text(5));
        if (!key) return contradiction("registered coupon", coupon_id, sequence, "idempotency_key");
    }
    return RegisteredCoupon{.coupon_id = coupon_id,
                            .sequence = sequence,
                            .user_id = *std::move(user),
                            .nth = row.integer(3),
                            .rank = row.integer(4),
                            .idempotency_key = std::move(key),
                            .registered_at = from_microseconds(row.integer(6)),
                            .status = *status};
}

Result<CompactionRun> read_run(const SqliteStatement& row) {
    CompactionRun run{.run = row.integer(0),
                      .until = from_microseconds(row.integer(1)),
                      .trigger = {},
                      .started_at = from_microseconds(row.integer(3)),
                      .finished_at = std::nullopt,
                      .is_frozen = row.integer(5) != 0,
                      .events_in = row.integer(6),
                      .events_out = row.integer(7),
                      .steps = row.integer(8)};
    const auto trigger = parse_compaction_trigger(row.text(2));
    if (!trigger) {
        return Failure{FailureKind::corrupted,
                       fmt::format("compaction {}: column trigger can't be read", run.run)};
    }
    run.trigger = *trigger;
    if (!row.is_null(4)) run.finished_at = from_microseconds(row.integer(4));
    return run;
}

}  // namespace dibs::repository
