#include "load/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "load/whole_file.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

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

}  // namespace

Result<std::string> find_program(std::string_view name) {
    const char* const path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        const std::string place = fmt::format("{}/{}", folder, name);
        if (access(place.c_str(), X_OK) == 0) return place;
    }
    return Failure{FailureKind::unavailable,
                   fmt::format("{} is not installed: run scripts/setup.sh test", name)};
}

Result<int> run_program(const ProgramStart& start) {
    const auto id = spawn(start);
    if (!id) return id.failure();
    return wait_for_exit(*id);
}

Result<std::string> output_of(const ProgramStart& start) {
    const auto exit_code = run_program(start);
    if (!exit_code) return exit_code.failure();
    std::string said = read_whole(start.output);
    if (*exit_code == 0) return said;
    return Failure{FailureKind::unavailable, fmt::format("{} ended with exit code {}: {}",
                                                         start.command.front(), *exit_code, said)};
}

Result<Program> Program::start(const ProgramStart& start) {
    const auto id = spawn(start);
    if (!id) return id.failure();
    return Program(*id);
}

Program::~Program() {
    if (id_ > 0) static_cast<void>(stop());
}

bool Program::has_ended() {
    if (id_ > 0 && waitpid(id_, nullptr, WNOHANG) == id_) id_ = 0;
    return id_ <= 0;
}

Result<void> Program::stop() {
    if (id_ <= 0) return {};
    kill(id_, SIGTERM);
    const int exit_code = wait_for_exit(std::exchange(id_, 0));
    if (exit_code == 0) return {};
    return Failure{FailureKind::unavailable,
                   fmt::format("the program ended with exit code {}", exit_code)};
}

}  // namespace dibs::bench
