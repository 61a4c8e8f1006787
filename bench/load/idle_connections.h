#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "app/value_spelling.h"
#include "base/result.h"

namespace dibs::bench {

/// Connections on which somebody has asked once and asks no more; open until this object goes.
class IdleConnections {
public:
    /// Opens so many, and has an answer on each. Blocks for about 0.1 ms each.
    /// Fails: unavailable (the limit of open files, nobody listens, no answer within seconds).
    [[nodiscard]] static base::Result<IdleConnections> open(const app::Endpoint& at,
                                                            std::size_t count);
    ~IdleConnections();
    IdleConnections(IdleConnections&& other) noexcept
        : sockets_(std::exchange(other.sockets_, {})) {}
    IdleConnections& operator=(IdleConnections&&) = delete;

private:
    IdleConnections() = default;

    std::vector<int> sockets_;
};

}  // namespace dibs::bench
