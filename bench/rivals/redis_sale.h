#pragma once

#include <cstdint>

#include "base/result.h"
#include "load/own_redis.h"

namespace dibs::bench {

/// The same sale as others keep it in Redis: a script that the server runs by itself looks whether
/// the user is in the coupon's set, takes one from its counter, adds the user to the set and the
/// issue to a stream. Belongs to one thread.
class RedisSale {
public:
    /// What redis-benchmark's clients came to.
    struct Run {
        double per_second = 0;  ///< Issues.
        double p99_milliseconds = 0;
        std::uint64_t issued = 0;
    };

    /// Loads the script. `redis` must outlive this. Fails: unavailable.
    [[nodiscard]] static base::Result<RedisSale> open(OwnRedis& redis);

    /// The script shows that it is right before it is timed: it stops at the last coupon, and gives
    /// nobody two. Fails: corrupted, unavailable.
    [[nodiscard]] base::Result<void> prove();

    /// A new coupon; so many requests by as many clients for random users; and the audit of what
    /// Redis holds then: members of the set, entries of the stream and what is gone from the
    /// counter are the same number. Fails: corrupted, unavailable.
    [[nodiscard]] base::Result<Run> sell(OwnRedis::Way way, std::size_t clients,
                                         std::uint64_t request_count);

private:
    RedisSale(OwnRedis& redis, std::string script) : redis_(&redis), script_(std::move(script)) {}

    [[nodiscard]] base::Result<void> offer(std::int64_t stock);
    [[nodiscard]] std::vector<std::string> request_of(const std::string& user) const;
    [[nodiscard]] base::Result<std::int64_t> number(const std::vector<std::string>& command);
    /// How many were issued of `stock`.
    [[nodiscard]] base::Result<std::int64_t> audit(std::int64_t stock);

    OwnRedis* redis_;
    std::string script_;  ///< By its hash, as Redis knows it.
};

}  // namespace dibs::bench
