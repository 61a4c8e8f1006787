#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/result.h"

namespace dibs::rehearsal {

/// A registered coupon as a 201's body or a listing's item tells it.
struct RegistrationBody {
    std::string id;
    std::int64_t coupon_id = 0;
    std::int64_t rank = 0;
    base::Instant registered_at;

    bool operator==(const RegistrationBody&) const = default;
};

/// Reads the body of a 201. Nothing if a member is missing or of the wrong kind, or if the id is
/// not `<couponId>-<sequence>`.
[[nodiscard]] std::optional<RegistrationBody> read_registration(std::string_view body);

/// The place in the coupon's stream that a registration's id ends with; nothing if it has none.
[[nodiscard]] std::optional<std::int64_t> sequence_of(std::string_view registration_id);

/// The `code` of a problem's body (RFC 9457); empty if it has none.
[[nodiscard]] std::string read_problem_code(std::string_view body);

/// One item of a listing: a registration, and whose it is where the listing says so.
struct ListedRegistration {
    std::string user;
    RegistrationBody registration;
};

/// A page of a listing, `{"items": […], "next": "cursor" or null}`.
struct ListingPage {
    std::vector<ListedRegistration> items;
    std::string next;  ///< Empty: this was the last page.
};

/// Reads a page of the customers' or the operators' listing; the latter's items have a `userId`
/// too. Fails: invalid, with what is wrong.
[[nodiscard]] base::Result<ListingPage> read_listing(std::string_view body);

/// What `GET …/stock` says: how many are left, and how many were ever issued.
struct StockBody {
    std::int64_t stock = 0;
    std::int64_t issued = 0;
};

/// Fails: invalid, with what is wrong.
[[nodiscard]] base::Result<StockBody> read_stock(std::string_view body);

}  // namespace dibs::rehearsal
