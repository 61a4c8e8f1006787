#include "domain/coupon_create.h"

#include <fmt/format.h>

#include <algorithm>

namespace dibs::domain {

namespace {

// choice: a name fits a push message, a description a screen. Bytes of UTF-8.
constexpr std::size_t name_size_max_bytes = 200;
constexpr std::size_t description_size_max_bytes = 4'000;

bool has_control_characters(const std::string& text) {
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

CouponTerms announced(CouponId id, const CouponCreate& create, base::Instant now) {
    return {.id = id,
            .name = create.name,
            .description = create.description,
            .from = create.from,
            .to = create.to,
            .limit_per_user = create.limit_per_user,
            .created_at = now};
}

CouponTerms patched(CouponTerms terms, const CouponPatch& patch) {
    if (patch.name) terms.name = *patch.name;
    if (patch.description) terms.description = *patch.description;
    if (patch.from) terms.from = *patch.from;
    if (patch.to) terms.to = *patch.to;
    return terms;
}

std::optional<InvalidField> find_invalid(const CouponTerms& terms) {
    if (terms.name.empty() || terms.name.size() > name_size_max_bytes ||
        has_control_characters(terms.name)) {
        return InvalidField{"name", fmt::format("expected 1 to {} bytes without control characters",
                                                name_size_max_bytes)};
    }
    if (terms.description.size() > description_size_max_bytes) {
        return InvalidField{"description",
                            fmt::format("expected at most {} bytes", description_size_max_bytes)};
    }
    if (terms.to < terms.from) {
        return InvalidField{"to", "expected a time that is not before from"};
    }
    if (terms.limit_per_user < 1 || terms.limit_per_user > limit_per_user_max) {
        return InvalidField{"limitPerUser", fmt::format("expected a whole number from 1 to {}",
                                                        limit_per_user_max)};
    }
    return std::nullopt;
}

std::optional<InvalidField> find_invalid(const CouponCreate& create) {
    if (create.stock < 0 || create.stock > number_max) {
        return InvalidField{"stock",
                            fmt::format("expected a whole number from 0 to {}", number_max)};
    }
    return find_invalid(CouponTerms{.id = {},
                                    .name = create.name,
                                    .description = create.description,
                                    .from = create.from,
                                    .to = create.to,
                                    .limit_per_user = create.limit_per_user,
                                    .created_at = {}});
}

}  // namespace dibs::domain
