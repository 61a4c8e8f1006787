#include "app/child_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "http/bound_sockets.h"

namespace dibs::app {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

/// Whether a server could not have that address now. One that makes no sense is the child's to
/// complain of.
bool is_taken(const Endpoint& at) {
    const auto bound = http::BoundSockets::bind({.host = at.host, .port = at.port});
    return !bound && bound.failure().kind == FailureKind::unavailable;
}

Endpoint free_one(const Endpoint& wanted) {
    return wanted.port != 0 && is_taken(wanted) ? Endpoint{wanted.host, 0} : wanted;
}

/// Starts this binary with its output going into a pipe; the child ends with us, whatever becomes
/// of us.
Result<std::pair<pid_t, int>> spawn(std::vector<std::string> arguments) {
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
        return Failure{FailureKind::unavailable, std::strerror(errno)};
    }
    std::vector<char*> argument_pointers;
    for (std::string& argument : arguments) argument_pointers.push_back(argument.data());
    argument_pointers.push_back(nullptr);

    const pid_t process = fork();
    if (process == 0) {
        // A group of its own: Ctrl-C is for us to pass on, in our own time. But it ends when we do.
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(pipe_ends[1], STDOUT_FILENO);
        dup2(pipe_ends[1], STDERR_FILENO);
        execv("/proc/self/exe", argument_pointers.data());
        _exit(127);
    }
    close(pipe_ends[1]);
    if (process < 0) {
        close(pipe_ends[0]);
        return Failure{FailureKind::unavailable, std::strerror(errno)};
    }
    return std::pair(process, pipe_ends[0]);
}

/// The address in a line such as {"event":"listening","listener":"public","address":…}.
std::optional<std::pair<std::string, Endpoint>> read_listening(std::string_view line) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto& object = value.as_object();
    const auto text = [&object](std::string_view name) {
        const auto* const member = object.if_contains(name);
        return member != nullptr && member->is_string() ? std::string(member->as_string()) : "";
    };
    const auto at = parse_endpoint(text("address"));
    if (text("event") != "listening" || !at) return std::nullopt;
    return std::pair(text("listener"), *at);
}

}  // namespace

Result<ChildService> ChildService::start(const ChildServiceOptions& options) {
    auto spawned = spawn({"dibs", "serve", "--store", options.store, "--jwt-secret-file",
                          options.jwt_secret_file, "--listen", to_text(free_one(options.listen)),
                          "--admin-listen", to_text(free_one(options.admin_listen))});
    if (!spawned) return spawned.failure();
    ChildService child(spawned->first, spawned->second);
    std::string said;
    if (!child.wait_until_listening(said)) {
        return Failure{FailureKind::unavailable, "the service did not come up:\n" + said};
    }
    // Somebody has to read on, or the child would wait for room in the pipe. It ends when the child
    // does.
    std::thread([log = std::exchange(child.log_, -1)] {
        std::array<char, 4096> thrown_away{};
        while (read(log, thrown_away.data(), thrown_away.size()) > 0) {
        }
        close(log);
    }).detach();
    return child;
}

ChildService::~ChildService() {
    if (process_ > 0) static_cast<void>(stop());
    if (log_ >= 0) close(log_);
}

ChildService::ChildService(ChildService&& other) noexcept
    : process_(std::exchange(other.process_, 0)),
      log_(std::exchange(other.log_, -1)),
      public_(std::move(other.public_)),
      admin_(std::move(other.admin_)) {}

bool ChildService::stop() {
    if (process_ <= 0) return true;
    kill(process_, SIGTERM);
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool ChildService::wait_until_listening(std::string& said) {
    std::size_t line_start = 0;
    std::array<char, 4096> piece{};
    while (public_.port == 0 || admin_.port == 0) {
        const ssize_t size = read(log_, piece.data(), piece.size());
        if (size <= 0) return false;
        said.append(piece.data(), static_cast<std::size_t>(size));
        for (auto end = said.find('\n', line_start); end != std::string::npos;
             end = said.find('\n', line_start)) {
            const auto heard =
                read_listening(std::string_view(said).substr(line_start, end - line_start));
            line_start = end + 1;
            if (heard) (heard->first == "public" ? public_ : admin_) = heard->second;
        }
    }
    return true;
}

}  // namespace dibs::app
