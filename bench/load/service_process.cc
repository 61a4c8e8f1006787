#include "load/service_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>

#include "load/whole_file.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: a service under a sanitizer on a busy machine needs seconds; one that hangs is given up.
constexpr std::chrono::seconds start_patience{60};
constexpr std::chrono::milliseconds start_look_distance{5};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// This process's environment and what `start` adds to it.
std::vector<std::string> environment_of(const ProgramStart& start) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        // What is configured for a service of one's own is not what is measured here.
        if (!text.starts_with("DIBS_")) variables.emplace_back(text);
    }
    for (const auto& [name, value] : start.environment) variables.push_back(name + "=" + value);
    return variables;
}

Result<pid_t> spawn(const ProgramStart& start) {
    std::vector<std::string> command = start.command;
    std::vector<std::string> environment = environment_of(start);
    const std::vector<char*> arguments = pointers_to(command);
    const std::vector<char*> variables = pointers_to(environment);
    const int output = ::open(start.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (output < 0) {
        return Failure{FailureKind::unavailable,
                       fmt::format("{}: {}", start.output.string(), std::strerror(errno))};
    }
    // Between fork and exec only calls that are safe in a copy of a process with threads.
    const pid_t id = fork();
    if (id == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        execve(arguments[0], arguments.data(), variables.data());
        _exit(127);
    }
    ::close(output);
    if (id > 0) return id;
    return Failure{FailureKind::unavailable, std::strerror(errno)};
}

int wait_for_exit(pid_t id) {
    int status = 0;
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The address that a log line `{"event":"listening","listener":…,"address":…}` names.
std::optional<app::Endpoint> address_in(const std::string& log, std::string_view listener) {
    std::size_t start = 0;
    for (auto end = log.find('\n'); end != std::string::npos; end = log.find('\n', start)) {
        boost::system::error_code error;
        const boost::json::value line =
            boost::json::parse(std::string_view(log).substr(start, end - start), error);
        start = end + 1;
        if (error || !line.is_object()) continue;
        const auto& fields = line.as_object();
        const auto is = [&fields](std::string_view name, std::string_view value) {
            const auto* const field = fields.if_contains(name);
            return field != nullptr && field->is_string() && field->get_string() == value;
        };
        const auto* const address = fields.if_contains("address");
        if (!is("event", "listening") || !is("listener", listener) || address == nullptr) continue;
        return app::parse_endpoint(std::string_view(address->as_string()));
    }
    return std::nullopt;
}

}  // namespace

Result<int> run_program(const ProgramStart& start) {
    const auto id = spawn(start);
    if (!id) return id.failure();
    return wait_for_exit(*id);
}

Result<ServiceProcess> ServiceProcess::open(const ProgramStart& start) {
    const auto id = spawn(start);
    if (!id) return id.failure();
    ServiceProcess service(*id);
    if (auto listening = service.wait_until_listening(start.output); !listening) {
        return listening.failure();
    }
    return service;
}

ServiceProcess::~ServiceProcess() {
    if (id_ > 0) static_cast<void>(stop());
}

ServiceProcess::ServiceProcess(ServiceProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)),
      public_(std::move(other.public_)),
      admin_(std::move(other.admin_)) {}

Result<void> ServiceProcess::wait_until_listening(const std::filesystem::path& log) {
    const auto deadline = std::chrono::steady_clock::now() + start_patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const std::string said = read_whole(log);
        const auto customers = address_in(said, "public");
        const auto operators = address_in(said, "operators");
        if (customers && operators) {
            public_ = *customers;
            admin_ = *operators;
            return {};
        }
        if (waitpid(id_, nullptr, WNOHANG) == id_) {
            id_ = 0;
            break;
        }
        // Between two looks from outside: nobody tells us.
        std::this_thread::sleep_for(start_look_distance);
    }
    return Failure{FailureKind::unavailable, "the service did not come up:\n" + read_whole(log)};
}

Result<void> ServiceProcess::stop() {
    if (id_ <= 0) return {};
    kill(id_, SIGTERM);
    const int exit_code = wait_for_exit(std::exchange(id_, 0));
    if (exit_code == 0) return {};
    return Failure{FailureKind::unavailable,
                   fmt::format("the service ended with exit code {}", exit_code)};
}

}  // namespace dibs::bench
