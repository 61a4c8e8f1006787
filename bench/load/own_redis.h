#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/goal.h"
#include "load/program.h"
#include "load/shop.h"

namespace dibs::bench {

/// A Redis of the bench's own, in a folder on the workshop's disk, reached over the loopback and by
/// a Unix socket. It appends each write to its file and syncs before it answers (`appendfsync
/// always`). Ends and goes with this object. Belongs to the main thread.
class OwnRedis {
public:
    /// How redis-benchmark's clients reach it.
    enum class Way { tcp, unix_socket };

    /// What redis-benchmark said of one command.
    struct Load {
        double per_second = 0;
        double p50_milliseconds = 0;
        double p99_milliseconds = 0;
    };

    /// Fails: unavailable (it is not installed, or did not come up).
    [[nodiscard]] static base::Result<OwnRedis> start(const Workshop& workshop);

    /// Runs a command through redis-cli and gives its answer, without the newline behind it.
    /// Fails: unavailable, with what Redis said.
    [[nodiscard]] base::Result<std::string> ask(const std::vector<std::string>& command);

    /// Has redis-benchmark send a command so many times from so many clients, each again as soon as
    /// it has its answer. `__rand_int__` in it is another number below `numbers` each time.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<Load> load(Way way, std::size_t clients, std::uint64_t count,
                                          std::uint64_t numbers,
                                          const std::vector<std::string>& command);

    /// Shuts it down. Fails: unavailable (it ended badly).
    [[nodiscard]] base::Result<void> stop() { return server_.stop(); }

private:
    OwnRedis(TemporaryFolder folder, std::uint16_t port, Program server)
        : folder_(std::move(folder)), port_(port), server_(std::move(server)) {}

    [[nodiscard]] base::Result<void> wait_until_it_answers();
    [[nodiscard]] std::string socket() const { return (folder_.path() / "redis.sock").string(); }

    TemporaryFolder folder_;  ///< Before the server, so that it goes after it.
    std::uint16_t port_;
    Program server_;
};

}  // namespace dibs::bench
