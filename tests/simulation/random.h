#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace dibs::simulation {

/// Chance that can be had again: the same seed gives the same numbers, on every machine. A value;
/// one thread.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    /// Any 64 bits. (SplitMix64 by Steele, Lea and Flood, whose constants these are.)
    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9E37'79B9'7F4A'7C15);
        mixed = (mixed ^ (mixed >> 30U)) * 0xBF58'476D'1CE4'E5B9;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94D0'49BB'1331'11EB;
        return mixed ^ (mixed >> 31U);
    }

    /// A whole number from `low` to `high`, both inclusive. What is uneven of it is far below what
    /// a run could notice.
    std::int64_t between(std::int64_t low, std::int64_t high) {
        const auto width = static_cast<std::uint64_t>(high - low) + 1;
        return low + static_cast<std::int64_t>(next() % width);
    }

    /// True in `per_million` of a million cases.
    bool happens(std::int64_t per_million) { return between(1, 1'000'000) <= per_million; }

    template <typename Value>
    const Value& one_of(const std::vector<Value>& values) {
        return values[static_cast<std::size_t>(
            between(0, static_cast<std::int64_t>(values.size()) - 1))];
    }

    /// A place in `0 … count - 1`, of which the first is wanted most, the second half as much, the
    /// third a third, and so on, as customers want coupons.
    std::size_t zipf(std::size_t count) {
        std::int64_t total = 0;
        for (std::size_t i = 0; i < count; ++i) total += weight_of(i);
        std::int64_t rest = between(1, total);
        for (std::size_t i = 0; i < count; ++i) {
            rest -= weight_of(i);
            if (rest <= 0) return i;
        }
        return count - 1;
    }

private:
    static std::int64_t weight_of(std::size_t place) {
        return 1'000'000 / static_cast<std::int64_t>(place + 1);
    }

    std::uint64_t state_;
};

}  // namespace dibs::simulation
