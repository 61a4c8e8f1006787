#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/coupon_create.h"
#include "domain/registered_coupon.h"
#include "http/message.h"
#include "issuing/pending_issue.h"
#include "repository/compaction_repository.h"
#include "repository/store.h"
#include "service/coupon_service.h"

// The API's JSON, and the only place where it exists. Names are camelCase, times RFC 3339 in UTC
// with microseconds. What is written stands in `wire_writing.cc` (to customers) and
// `wire_operators_writing.cc`, what is read in `wire_reading.cc`.

namespace dibs::controller {

// Written.

/// A registered coupon with its coupon: the body of a 201, and an item of a listing.
void append_registered(std::string& out, const domain::RegisteredCoupon& registered,
                       const domain::CouponTerms& terms);

/// What somebody who asked for a coupon is told, whatever it came to.
[[nodiscard]] http::Response to_response(const issuing::IssueResult& result);

[[nodiscard]] std::string write_registered(const repository::RegisteredWithTerms& registered);
[[nodiscard]] std::string write_registered_page(
    const repository::Page<repository::RegisteredWithTerms>& page, const std::string& next);

/// A coupon as customers see it.
[[nodiscard]] std::string write_offer(const domain::Coupon& coupon);
[[nodiscard]] std::string write_offer_page(const repository::Page<domain::Coupon>& page,
                                           const std::string& next);

/// A coupon as operators see it.
[[nodiscard]] std::string write_coupon(const domain::Coupon& coupon);
[[nodiscard]] std::string write_coupon_page(const repository::Page<domain::Coupon>& page,
                                            const std::string& next);

[[nodiscard]] std::string write_event(const domain::CouponInventory& event);
[[nodiscard]] std::string write_event_page(const repository::Page<domain::CouponInventory>& page,
                                           const std::string& next);
[[nodiscard]] std::string write_stock(domain::CouponId coupon_id, const service::StockAt& stock);

/// Who is registered, for operators.
[[nodiscard]] std::string write_registration(const domain::RegisteredCoupon& registered);
[[nodiscard]] std::string write_registration_page(
    const repository::Page<domain::RegisteredCoupon>& page, const std::string& next);
/// The same as comma-separated values (RFC 4180), with CRLF after each line.
[[nodiscard]] std::string registrations_csv_header();
[[nodiscard]] std::string write_registrations_csv(
    const std::vector<domain::RegisteredCoupon>& registrations);

[[nodiscard]] std::string write_run(const repository::CompactionRun& run);
[[nodiscard]] std::string write_run_page(const repository::Page<repository::CompactionRun>& page,
                                         const std::string& next);

/// That a service is ready, and what an acknowledged write outlives there.
[[nodiscard]] std::string write_readiness(const repository::StoreFacts& facts);

// Read. Each gives what was asked for, or the first field that is not as it should be. Unknown
// fields are refused by name, so that a misspelt one is not silently left out.

template <typename T>
using Read = std::expected<T, domain::InvalidField>;

[[nodiscard]] Read<domain::CouponCreate> read_coupon_create(std::string_view body);
[[nodiscard]] Read<domain::CouponPatch> read_coupon_patch(std::string_view body);

struct StockChangeRequest {
    domain::InventoryKind kind = domain::InventoryKind::stocked;
    std::int64_t amount = 0;
    std::string reason;
};
[[nodiscard]] Read<StockChangeRequest> read_stock_change(std::string_view body);

/// The optional reason of a return.
[[nodiscard]] Read<std::string> read_reason(std::string_view body);

/// The optional `until` of a compaction.
[[nodiscard]] Read<std::optional<base::Instant>> read_until(std::string_view body);

/// An Idempotency-Key: a quoted structured-field string (RFC 8941 section 3.3.3) or a bare token.
[[nodiscard]] Read<std::optional<domain::IdempotencyKey>> read_idempotency_key(
    const http::Request& request);

/// A whole number in the query, within bounds; `otherwise` if it is absent.
[[nodiscard]] Read<std::int64_t> read_number(const http::Request& request, std::string_view name,
                                             std::int64_t min, std::int64_t max,
                                             std::int64_t otherwise);
/// A time in the query; nothing if it is absent.
[[nodiscard]] Read<std::optional<base::Instant>> read_time(const http::Request& request,
                                                           std::string_view name);
/// The numbers of the query's `cursor`; nothing if it is absent.
[[nodiscard]] Read<std::optional<std::vector<std::int64_t>>> read_cursor_parameter(
    const http::Request& request, char listing, std::size_t count);

}  // namespace dibs::controller
