#pragma once

#include <optional>
#include <string>

#include "base/instant.h"
#include "domain/coupon.h"

namespace dibs::domain {

/// Choice: more of one coupon than anybody holds; a user's rows are read for every request that
/// they make.
inline constexpr std::int64_t limit_per_user_max = 1'000;

/// A coupon that an operator wants to offer.
struct CouponCreate {
    std::string name;
    std::string description;
    base::Instant from;
    base::Instant to;
    std::int64_t limit_per_user = 1;
    std::int64_t stock = 0;  ///< Becomes the stream's first event, `stocked`; none if it is 0.
};

/// What an operator changes of a coupon; what is not set stays.
struct CouponPatch {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<base::Instant> from;
    std::optional<base::Instant> to;
};

/// The terms of a new coupon, which has got this id.
[[nodiscard]] CouponTerms announced(CouponId id, const CouponCreate& create, base::Instant now);

/// The terms as they are once `patch` was applied.
[[nodiscard]] CouponTerms patched(CouponTerms terms, const CouponPatch& patch);

/// What is wrong with something that was asked for: which field, and what was expected of it.
struct InvalidField {
    std::string field;
    std::string expected;
};

/// The first thing that keeps this from being a coupon, if anything does.
[[nodiscard]] std::optional<InvalidField> find_invalid(const CouponCreate& create);
[[nodiscard]] std::optional<InvalidField> find_invalid(const CouponTerms& terms);

}  // namespace dibs::domain
