#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dibs::test {

/// How a program ended, and what it said.
struct Finished {
    int exit_code = -1;  ///< -1: it was ended by a signal, or could not be started.
    std::string out;
    std::string err;
};

/// Runs a program of the PATH with `input` on its standard input, and waits for it.
[[nodiscard]] Finished run_program(const std::vector<std::string>& arguments,
                                   std::string_view input = {});

/// A copy of this process that does something beside the test, and then stays as it is until it is
/// killed: what a second owner, or one that died, is tried with.
///
/// Fork only while the test has no other threads. The copy dies with the test.
class ForkedProcess {
public:
    /// Starts `body` in the copy, where nothing else of the test runs; what it throws ends the
    /// copy.
    explicit ForkedProcess(const std::function<void()>& body);
    ~ForkedProcess() { kill(); }

    ForkedProcess(const ForkedProcess&) = delete;
    ForkedProcess& operator=(const ForkedProcess&) = delete;

    /// Waits until `body` has returned. False if the copy ended instead.
    [[nodiscard]] bool is_ready();

    /// Ends the copy by SIGKILL, and waits until it is gone. Calling again does nothing.
    void kill();

    [[nodiscard]] pid_t id() const { return id_; }

private:
    pid_t id_ = -1;
    int ready_descriptor_ = -1;
    bool is_gone_ = false;
};

}  // namespace dibs::test
