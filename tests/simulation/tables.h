#pragma once

#include <cstdint>
#include <string>

#include "domain/coupon.h"
#include "repository/coupon_repository.h"
#include "simulation/rows.h"

// Between the words of the domain and the rows of the simulated store.

namespace dibs::simulation {

[[nodiscard]] EventRow to_row(const domain::CouponInventory& event, Time written_at);
[[nodiscard]] domain::CouponInventory to_event(const EventRow& row);

[[nodiscard]] domain::RegisteredCoupon to_registered(const RegisteredRow& row);

[[nodiscard]] TermsRow to_row(const domain::CouponTerms& terms, std::int64_t after,
                              base::Instant announced_at, Time written_at);
[[nodiscard]] domain::CouponTerms to_terms(std::int64_t coupon, const TermsRow& row);

/// The coupon at the head of its live stream, with the terms that are in force.
[[nodiscard]] domain::Coupon to_coupon(std::int64_t coupon, const CouponRows& rows);

/// Appends an event to both tables; false, and nothing, if its place is not the next one.
[[nodiscard]] bool append_event(CouponRows& rows, const EventRow& event);

/// Keeps a registration; false, and nothing, if the user has one with its number.
[[nodiscard]] bool append_registered(CouponRows& rows, const domain::RegisteredCouponCreate& create,
                                     Time written_at);

}  // namespace dibs::simulation
