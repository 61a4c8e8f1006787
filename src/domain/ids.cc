#include "domain/ids.h"

#include <algorithm>

#include "base/number.h"

namespace dibs::domain {

namespace {

bool is_printable_ascii(std::string_view text, std::size_t size_max) {
    return !text.empty() && text.size() <= size_max &&
           std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7E; });
}

/// A positive number, spelled in one way only: no sign, no leading zero.
std::optional<std::int64_t> parse_positive(std::string_view text) {
    if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
    const auto value = base::parse_integer<std::int64_t>(text);
    if (!value || *value > number_max) return std::nullopt;
    return value;
}

}  // namespace

std::optional<UserId> UserId::parse(std::string_view text) {
    if (!is_printable_ascii(text, 128)) return std::nullopt;
    return UserId(text);
}

std::optional<IdempotencyKey> IdempotencyKey::parse(std::string_view text) {
    if (!is_printable_ascii(text, 64)) return std::nullopt;
    return IdempotencyKey(text);
}

std::string RegistrationId::text() const {
    return std::to_string(coupon_id.value) + '-' + std::to_string(sequence.value);
}

std::optional<RegistrationId> RegistrationId::parse(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto coupon = parse_positive(text.substr(0, dash));
    const auto sequence = parse_positive(text.substr(dash + 1));
    if (!coupon || !sequence) return std::nullopt;
    return RegistrationId{CouponId{*coupon}, Sequence{*sequence}};
}

std::optional<CouponId> parse_coupon_id(std::string_view text) {
    const auto value = parse_positive(text);
    if (!value) return std::nullopt;
    return CouponId{*value};
}

}  // namespace dibs::domain
