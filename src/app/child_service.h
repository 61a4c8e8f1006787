#pragma once

#include <sys/types.h>

#include <string>

#include "app/value_spelling.h"
#include "base/result.h"

namespace dibs::app {

/// What a child is started with.
struct ChildServiceOptions {
    std::string store;
    std::string jwt_secret_file;
    Endpoint listen;
    Endpoint admin_listen;
};

/// `dibs serve` in a process of its own: this same binary, started again. Belongs to one thread.
class ChildService {
public:
    /// Starts it and waits until it answers on both addresses; a port that is taken is replaced by
    /// a free one. Its log goes to standard error if it does not come up, and nowhere once it has.
    /// Fails: unavailable, with what the service itself said.
    [[nodiscard]] static base::Result<ChildService> start(const ChildServiceOptions& options);

    /// Ends it if `stop` was not called.
    ~ChildService();
    ChildService(ChildService&& other) noexcept;
    ChildService& operator=(ChildService&&) = delete;

    [[nodiscard]] const Endpoint& public_endpoint() const { return public_; }
    [[nodiscard]] const Endpoint& admin_endpoint() const { return admin_; }

    /// Sends SIGTERM and waits; whether it ended as it should, with exit code 0.
    [[nodiscard]] bool stop();

private:
    ChildService(pid_t process, int log) : process_(process), log_(log) {}

    /// Reads the child's log until both addresses are known. False if it ended before.
    [[nodiscard]] bool wait_until_listening(std::string& said);

    pid_t process_;
    int log_;  // The reading end of its standard output and error.
    Endpoint public_;
    Endpoint admin_;
};

}  // namespace dibs::app
