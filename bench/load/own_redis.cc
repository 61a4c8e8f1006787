#include "load/own_redis.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <sstream>
#include <thread>
#include <utility>

#include "load/whole_file.h"
#include "support/free_port.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: an empty server comes up in milliseconds; one that hangs is given up.
constexpr std::chrono::seconds redis_start_patience{30};
constexpr std::chrono::milliseconds redis_look_distance{10};

/// What stands in a line of comma-separated values in quotes, as numbers; 0 for what is none.
std::vector<double> numbers_in(const std::string& line) {
    std::vector<double> numbers;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) {
        numbers.push_back(cell.empty() ? 0 : std::strtod(cell.c_str() + 1, nullptr));
    }
    return numbers;
}

}  // namespace

Result<OwnRedis> OwnRedis::start(const Workshop& workshop) {
    const auto program = find_program("redis-server");
    if (!program) return program.failure();
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    const std::string place = folder->path().string();
    const std::uint16_t port = test::free_port();
    auto server =
        Program::start({.command = {*program, "--bind", "127.0.0.1", "--port", std::to_string(port),
                                    "--unixsocket", place + "/redis.sock", "--dir", place,
                                    // No snapshots beside the file that is appended to.
                                    "--save", "", "--appendonly", "yes", "--appendfsync", "always",
                                    "--daemonize", "no"},
                        .environment = {},
                        .output = folder->path() / "redis.log"});
    if (!server) return server.failure();
    OwnRedis redis(*std::move(folder), port, *std::move(server));
    if (auto up = redis.wait_until_it_answers(); !up) return up.failure();
    return redis;
}

Result<void> OwnRedis::wait_until_it_answers() {
    const auto deadline = std::chrono::steady_clock::now() + redis_start_patience;
    while (std::chrono::steady_clock::now() < deadline && !server_.has_ended()) {
        const auto answer = ask({"PING"});
        if (answer && *answer == "PONG") return {};
        // Between two looks from outside: nobody tells us.
        std::this_thread::sleep_for(redis_look_distance);
    }
    return Failure{FailureKind::unavailable,
                   "Redis did not come up:\n" + read_whole(folder_.path() / "redis.log")};
}

Result<std::string> OwnRedis::ask(const std::vector<std::string>& command) {
    const auto program = find_program("redis-cli");
    if (!program) return program.failure();
    ProgramStart start{.command = {*program, "-e", "-s", socket()},
                       .environment = {},
                       .output = folder_.path() / "answer"};
    start.command.insert(start.command.end(), command.begin(), command.end());
    auto said = output_of(start);
    if (said && said->ends_with('\n')) said->pop_back();
    return said;
}

Result<OwnRedis::Load> OwnRedis::load(Way way, std::size_t clients, std::uint64_t count,
                                      std::uint64_t numbers,
                                      const std::vector<std::string>& command) {
    const auto program = find_program("redis-benchmark");
    if (!program) return program.failure();
    const auto [option, place] =
        way == Way::tcp ? std::pair("-p", std::to_string(port_)) : std::pair("-s", socket());
    ProgramStart start{.command = {*program, option, place, "-c", std::to_string(clients), "-n",
                                   std::to_string(count), "-r", std::to_string(numbers), "--csv"},
                       .environment = {},
                       .output = folder_.path() / "load.csv"};
    start.command.insert(start.command.end(), command.begin(), command.end());
    const auto said = output_of(start);
    if (!said) return said.failure();
    // The last line; above it stand the names: test, rps, avg, min, p50, p95, p99, max latency.
    const std::size_t end = said->find_last_not_of('\n');
    const std::size_t begin = said->rfind('\n', end) + 1;
    const std::vector<double> numbers_said = numbers_in(said->substr(begin, end + 1 - begin));
    if (numbers_said.size() < 7) {
        return Failure{FailureKind::unavailable, "redis-benchmark said something else: " + *said};
    }
    const auto last = numbers_said.end();
    return Load{.per_second = *(last - 7),
                .p50_milliseconds = *(last - 4),
                .p99_milliseconds = *(last - 2)};
}

}  // namespace dibs::bench
