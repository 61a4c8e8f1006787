#pragma once

#include <sys/types.h>

#include <filesystem>
#include <utility>

#include "app/value_spelling.h"
#include "base/result.h"
#include "load/program.h"

namespace dibs::bench {

/// `dibs serve` in a process of its own, which ends when this one does. Belongs to one thread.
class ServiceProcess {
public:
    /// Starts it and waits until it answers; `start` must let it take free ports.
    /// Fails: unavailable, with what the service itself said.
    [[nodiscard]] static base::Result<ServiceProcess> open(const ProgramStart& start);

    [[nodiscard]] const app::Endpoint& public_endpoint() const { return public_; }
    [[nodiscard]] const app::Endpoint& admin_endpoint() const { return admin_; }
    [[nodiscard]] pid_t id() const { return program_.id(); }

    /// Sends SIGTERM and waits. Fails: unavailable (it did not end with exit code 0).
    [[nodiscard]] base::Result<void> stop() { return program_.stop(); }

private:
    explicit ServiceProcess(Program program) : program_(std::move(program)) {}

    [[nodiscard]] base::Result<void> wait_until_listening(const std::filesystem::path& log);

    Program program_;
    app::Endpoint public_;
    app::Endpoint admin_;
};

}  // namespace dibs::bench
