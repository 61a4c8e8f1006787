#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "domain/ids.h"

namespace dibs::repository {

/// Which of its store's servers one is: the first has place 0.
struct ShardPlace {
    std::size_t place = 0;
    std::size_t count = 1;

    [[nodiscard]] bool is_alone() const { return count == 1; }
    /// Whether a coupon lies there.
    [[nodiscard]] bool has(domain::CouponId coupon_id) const;
    bool operator==(const ShardPlace&) const = default;
};

/// A fixed hash of a user, the same in every process and version: FNV-1a with 64 bits over the id's
/// bytes (RFC 9923), its two halves folded into one, since its lowest bits alone are hardly more
/// than a parity of the text, and its highest ones don't know the last letter.
[[nodiscard]] inline std::uint32_t hash_of(const domain::UserId& user) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char byte : user.text()) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    }
    return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

/// Users, each by one of 64 marks. Of who isn't marked it is known that they are not among them;
/// who is may be, or may share the mark of somebody who is.
class UserMarks {
public:
    void add(const domain::UserId& user) { bits_ |= bit_of(user); }
    void add_all() { bits_ = ~std::uint64_t{0}; }
    [[nodiscard]] bool may_have(const domain::UserId& user) const {
        return (bits_ & bit_of(user)) != 0;
    }

    /// As a store keeps them; several are put together by OR.
    [[nodiscard]] std::int64_t as_number() const { return static_cast<std::int64_t>(bits_); }
    [[nodiscard]] static UserMarks from_number(std::int64_t number) {
        UserMarks marks;
        marks.bits_ = static_cast<std::uint64_t>(number);
        return marks;
    }

private:
    /// By other bits of the hash than those that say which of a few servers it is.
    [[nodiscard]] static std::uint64_t bit_of(const domain::UserId& user) {
        return std::uint64_t{1} << (hash_of(user) >> 8U) % 64U;
    }

    std::uint64_t bits_ = 0;
};

/// Where things lie when a store is several servers. It never changes while a store has these
/// servers: what it says of a coupon is in the coupon's id, and what it says of a user is a fixed
/// hash, the same in every process and version.
class ShardMap {
public:
    explicit ShardMap(std::size_t count) : count_(count) {}

    [[nodiscard]] std::size_t count() const { return count_; }

    /// The owner of a coupon, and of all that belongs to it: the rest of its id divided by the
    /// number of servers.
    [[nodiscard]] std::size_t place_of(domain::CouponId coupon_id) const {
        return static_cast<std::uint64_t>(coupon_id.value) % count_;
    }

    /// Where a user's listing is kept.
    [[nodiscard]] std::size_t place_of(const domain::UserId& user) const {
        return hash_of(user) % count_;
    }

    /// The first id beyond `floor` that lies at `place`.
    [[nodiscard]] domain::CouponId first_id_at(std::size_t place, domain::CouponId floor) const {
        const domain::CouponId next{floor.value + 1};
        const std::size_t steps = (place + count_ - place_of(next)) % count_;
        return {next.value + static_cast<std::int64_t>(steps)};
    }

private:
    std::size_t count_;
};

inline bool ShardPlace::has(domain::CouponId coupon_id) const {
    return ShardMap(count).place_of(coupon_id) == place;
}

}  // namespace dibs::repository
