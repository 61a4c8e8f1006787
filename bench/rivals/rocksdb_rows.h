#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/coupon.h"

// The rows of our schema as RocksDB keeps them: bytes under a key, whose order is that of the
// bytes. Numbers in a key are written with the highest byte first, so that they sort as numbers do.
// The writers replace what `out` held. The readers fail with corrupted where a row says what the
// domain has no word for.

namespace dibs::bench {

/// The key of a coupon, and with what begins each of its events' keys: its id.
[[nodiscard]] std::string coupon_key(domain::CouponId coupon_id);
void write_terms(std::string& out, const domain::CouponTerms& terms);
[[nodiscard]] base::Result<domain::CouponTerms> read_terms_row(std::string_view key,
                                                               std::string_view row);

/// (coupon, sequence) in the history; in the live inventory behind it, whether it is cumulative.
void write_history_key(std::string& out, const domain::CouponInventory& event);
void write_inventory_key(std::string& out, const domain::CouponInventory& event);
/// The row is the same in both.
void write_event(std::string& out, const domain::CouponInventory& event);
[[nodiscard]] base::Result<domain::CouponInventory> read_event_row(std::string_view key,
                                                                   std::string_view row);

/// (user, coupon, nth)
void write_registered_key(std::string& out, const domain::UserId& user, domain::CouponId coupon_id,
                          std::int64_t nth);
void write_registered(std::string& out, const domain::RegisteredCoupon& registered);
[[nodiscard]] base::Result<domain::RegisteredCoupon> read_registered_row(std::string_view key,
                                                                         std::string_view row);

}  // namespace dibs::bench
