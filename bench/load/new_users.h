#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace dibs::bench {

/// Names of users whom nobody has seen before, in an order that spares an index nothing. Any thread
/// may ask.
class NewUsers {
public:
    NewUsers();

    [[nodiscard]] std::string next();

private:
    const std::string end_;  ///< Of each name; holds the moment at which this was made.
    std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace dibs::bench
