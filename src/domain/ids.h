#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dibs::domain {

/// The largest whole number that JSON readers agree on (RFC 8259 section 6): 2^53 - 1. No id,
/// sequence or amount goes beyond it.
inline constexpr std::int64_t number_max = (std::int64_t{1} << 53) - 1;

/// Which coupon. Positive.
struct CouponId {
    std::int64_t value = 0;
    auto operator<=>(const CouponId&) const = default;
};

/// The place of an event in its coupon's own stream: 1, 2, 3 … with no gap. 0 stands before the
/// first.
struct Sequence {
    std::int64_t value = 0;
    auto operator<=>(const Sequence&) const = default;

    [[nodiscard]] Sequence next() const { return Sequence{value + 1}; }
    /// For sequences that may be anything, as in a store that was damaged.
    [[nodiscard]] bool is_next_after(Sequence before) const {
        return value > before.value && value - 1 == before.value;
    }
};

/// Who asks: what the caller's identity proves, 1 to 128 bytes of printable ASCII.
class UserId {
public:
    /// Nothing if `text` is not a user id.
    [[nodiscard]] static std::optional<UserId> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    auto operator<=>(const UserId&) const = default;

private:
    explicit UserId(std::string_view text) : text_(text) {}
    std::string text_;
};

/// The word by which a client says that a request is the one it sent before: 1 to 64 bytes of
/// printable ASCII.
class IdempotencyKey {
public:
    /// Nothing if `text` is not a key.
    [[nodiscard]] static std::optional<IdempotencyKey> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const { return text_; }
    auto operator<=>(const IdempotencyKey&) const = default;

private:
    explicit IdempotencyKey(std::string_view text) : text_(text) {}
    std::string text_;
};

/// Which registered coupon: the coupon and the sequence of the event that issued it, `42-1018`.
struct RegistrationId {
    CouponId coupon_id;
    Sequence sequence;
    auto operator<=>(const RegistrationId&) const = default;

    [[nodiscard]] std::string text() const;
    /// Nothing if `text` is not spelled as `text()` spells it.
    [[nodiscard]] static std::optional<RegistrationId> parse(std::string_view text);
};

/// A coupon id as it stands in a path. Nothing if it is not a positive number within `number_max`.
[[nodiscard]] std::optional<CouponId> parse_coupon_id(std::string_view text);

}  // namespace dibs::domain

template <>
struct std::hash<dibs::domain::CouponId> {
    std::size_t operator()(const dibs::domain::CouponId& id) const noexcept {
        return std::hash<std::int64_t>()(id.value);
    }
};
