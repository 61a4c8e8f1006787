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
    bool operator==(const ShardPlace&) const = default;
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

    /// Where a user's listing is kept: FNV-1a with 64 bits over the id's bytes (RFC 9923), its two
    /// halves folded into one, since the low bits alone are no more than a parity of the text.
    [[nodiscard]] std::size_t place_of(const domain::UserId& user) const {
        std::uint64_t hash = 0xcbf29ce484222325U;
        for (const char byte : user.text()) {
            hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
        }
        return (hash ^ (hash >> 32U)) % count_;
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

}  // namespace dibs::repository
