#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/value_spelling.h"
#include "base/result.h"

namespace dibs::bench {

/// A program to be run, its output going into a file.
struct ProgramStart {
    std::vector<std::string> command;  ///< The program's path, and its arguments.
    std::vector<std::pair<std::string, std::string>> environment;  ///< Beside what this one has.
    std::filesystem::path output;
};

/// Runs a program and waits for its end; its exit code, or -1 if a signal ended it.
/// Fails: unavailable (it can't be started).
[[nodiscard]] base::Result<int> run_program(const ProgramStart& start);

/// `dibs serve` in a process of its own, which ends when this one does. Belongs to one thread.
class ServiceProcess {
public:
    /// Starts it and waits until it answers; `start` must let it take free ports.
    /// Fails: unavailable, with what the service itself said.
    [[nodiscard]] static base::Result<ServiceProcess> open(const ProgramStart& start);

    ~ServiceProcess();
    ServiceProcess(ServiceProcess&& other) noexcept;
    ServiceProcess& operator=(ServiceProcess&&) = delete;

    [[nodiscard]] const app::Endpoint& public_endpoint() const { return public_; }
    [[nodiscard]] const app::Endpoint& admin_endpoint() const { return admin_; }
    [[nodiscard]] pid_t id() const { return id_; }

    /// Sends SIGTERM and waits. Fails: unavailable (it did not end with exit code 0).
    [[nodiscard]] base::Result<void> stop();

private:
    explicit ServiceProcess(pid_t id) : id_(id) {}

    [[nodiscard]] base::Result<void> wait_until_listening(const std::filesystem::path& log);

    pid_t id_;  ///< 0: it has ended.
    app::Endpoint public_;
    app::Endpoint admin_;
};

}  // namespace dibs::bench
