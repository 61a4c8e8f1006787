#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "domain/coupon.h"
#include "repository/compaction_repository.h"

// How a row becomes a word of the domain, whatever the database. A `Row` says `integer(column)`,
// `text(column)` and `is_null(column)`; columns count from 0. What a row says that the domain has
// no word for is corrupted.

namespace dibs::repository {

[[nodiscard]] inline base::Failure contradiction(std::string_view table, domain::CouponId coupon_id,
                                                 domain::Sequence sequence,
                                                 std::string_view column) {
    return {base::FailureKind::corrupted,
            fmt::format("{} of coupon {} at sequence {}: column {} can't be read", table,
                        coupon_id.value, sequence.value, column)};
}

template <typename Row>
[[nodiscard]] domain::CouponTerms read_terms_from(const Row& row, int first) {
    return domain::CouponTerms{.id = domain::CouponId{row.integer(first)},
                               .name = std::string(row.text(first + 1)),
                               .description = std::string(row.text(first + 2)),
                               .from = base::from_microseconds(row.integer(first + 3)),
                               .to = base::from_microseconds(row.integer(first + 4)),
                               .limit_per_user = row.integer(first + 5),
                               .created_at = base::from_microseconds(row.integer(first + 6))};
}

template <typename Row>
[[nodiscard]] domain::Balance read_balance_from(const Row& row, int first) {
    return domain::Balance{domain::Sequence{row.integer(first)}, row.integer(first + 1),
                           row.integer(first + 2)};
}

template <typename Row>
[[nodiscard]] base::Result<domain::CouponInventory> read_event_from(const Row& row) {
    domain::CouponInventory event{.coupon_id = domain::CouponId{row.integer(0)},
                                  .sequence = domain::Sequence{row.integer(1)},
                                  .kind = {},
                                  .amount = row.integer(3),
                                  .stock_after = row.integer(4),
                                  .issued_after = row.integer(5),
                                  .user_id = std::nullopt,
                                  .reason = std::string(row.text(7)),
                                  .created_at = base::from_microseconds(row.integer(8))};
    const auto kind = domain::parse_inventory_kind(row.text(2));
    if (!kind) return contradiction("inventory event", event.coupon_id, event.sequence, "kind");
    event.kind = *kind;
    if (!row.is_null(6)) {
        event.user_id = domain::UserId::parse(row.text(6));
        if (!event.user_id) {
            return contradiction("inventory event", event.coupon_id, event.sequence, "user_id");
        }
    }
    if (event.kind == domain::InventoryKind::issued && !event.user_id) {
        return contradiction("inventory event", event.coupon_id, event.sequence, "user_id");
    }
    return event;
}

template <typename Row>
[[nodiscard]] base::Result<domain::RegisteredCoupon> read_registered_from(const Row& row) {
    const domain::CouponId coupon_id{row.integer(0)};
    const domain::Sequence sequence{row.integer(1)};
    auto user = domain::UserId::parse(row.text(2));
    if (!user) return contradiction("registered coupon", coupon_id, sequence, "user_id");
    const auto status = domain::parse_registration_status(row.text(7));
    if (!status) return contradiction("registered coupon", coupon_id, sequence, "status");
    std::optional<domain::IdempotencyKey> key;
    if (!row.is_null(5)) {
        key = domain::IdempotencyKey::parse(row.text(5));
        if (!key) return contradiction("registered coupon", coupon_id, sequence, "idempotency_key");
    }
    return domain::RegisteredCoupon{.coupon_id = coupon_id,
                                    .sequence = sequence,
                                    .user_id = *std::move(user),
                                    .nth = row.integer(3),
                                    .rank = row.integer(4),
                                    .idempotency_key = std::move(key),
                                    .registered_at = base::from_microseconds(row.integer(6)),
                                    .status = *status};
}

template <typename Row>
[[nodiscard]] base::Result<CompactionRun> read_run_from(const Row& row) {
    CompactionRun run{.run = row.integer(0),
                      .until = base::from_microseconds(row.integer(1)),
                      .trigger = {},
                      .started_at = base::from_microseconds(row.integer(3)),
                      .finished_at = std::nullopt,
                      .is_frozen = row.integer(5) != 0,
                      .events_in = row.integer(6),
                      .events_out = row.integer(7),
                      .steps = row.integer(8)};
    const auto trigger = parse_compaction_trigger(row.text(2));
    if (!trigger) {
        return base::Failure{base::FailureKind::corrupted,
                             fmt::format("compaction {}: column trigger can't be read", run.run)};
    }
    run.trigger = *trigger;
    if (!row.is_null(4)) run.finished_at = base::from_microseconds(row.integer(4));
    return run;
}

}  // namespace dibs::repository
