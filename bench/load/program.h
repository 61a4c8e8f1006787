#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dibs::bench {

/// A program to be run, its output going into a file.
struct ProgramStart {
    std::vector<std::string> command;  ///< The program's path, and its arguments.
    std::vector<std::pair<std::string, std::string>> environment;  ///< Beside what this one has.
    std::filesystem::path output;
};

/// The path of a program, by the environment's PATH. Fails: unavailable.
[[nodiscard]] base::Result<std::string> find_program(std::string_view name);

/// Runs a program and waits for its end; its exit code, or -1 if a signal ended it.
/// Fails: unavailable (it can't be started).
[[nodiscard]] base::Result<int> run_program(const ProgramStart& start);

/// Runs a program and gives what it wrote.
/// Fails: unavailable (it can't be started, or did not end with exit code 0).
[[nodiscard]] base::Result<std::string> output_of(const ProgramStart& start);

/// A program that runs beside this one, and ends when this object goes or this process does.
/// Belongs to one thread, which must live as long: the kernel ends the program with it.
class Program {
public:
    /// Fails: unavailable.
    [[nodiscard]] static base::Result<Program> start(const ProgramStart& start);

    ~Program();
    Program(Program&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
    Program& operator=(Program&&) = delete;

    [[nodiscard]] pid_t id() const { return id_; }

    /// Whether it has ended by itself.
    [[nodiscard]] bool has_ended();

    /// Sends SIGTERM and waits. Fails: unavailable (it did not end with exit code 0).
    [[nodiscard]] base::Result<void> stop();

private:
    explicit Program(pid_t id) : id_(id) {}

    pid_t id_;  ///< 0: it has ended.
};

}  // namespace dibs::bench
