#include "support/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>

#include "base/ensure.h"
#include "support/temporary_directory.h"

namespace dibs::test {

namespace {

int wait_for(pid_t id) {
    int status = 0;
    while (waitpid(id, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Finished run_program(const std::vector<std::string>& arguments, std::string_view input) {
    // Through files, so that neither side can block on a full pipe.
    const TemporaryDirectory directory;
    const std::string in = directory.file("in");
    const std::string out = directory.file("out");
    const std::string err = directory.file("err");
    write_file(in, input);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int create = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), create, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), create, 0600);

    std::vector<std::string> kept = arguments;
    std::vector<char*> pointers;
    for (std::string& argument : kept) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t id = -1;
    const int error =
        posix_spawnp(&id, pointers.front(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    Finished finished;
    if (error == 0) finished.exit_code = wait_for(id);
    finished.out = read_file(out);
    finished.err = read_file(err);
    return finished;
}

ForkedProcess::ForkedProcess(const std::function<void()>& body) {
    std::array<int, 2> ends{};
    base::ensure(pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
    id_ = fork();
    base::ensure(id_ >= 0, "this process can be forked");
    if (id_ > 0) {
        close(ends[1]);
        ready_descriptor_ = ends[0];
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    try {
        body();
    } catch (const std::exception& thrown) {
        static_cast<void>(
            !write(STDERR_FILENO, thrown.what(), std::string_view(thrown.what()).size()));
        _exit(1);
    }
    static_cast<void>(!write(ends[1], "r", 1));
    while (true) pause();
}

bool ForkedProcess::is_ready() {
    char byte = 0;
    ssize_t size = 0;
    do {
        size = read(ready_descriptor_, &byte, 1);
    } while (size < 0 && errno == EINTR);
    return size == 1;
}

void ForkedProcess::kill() {
    if (is_gone_) return;
    is_gone_ = true;
    ::kill(id_, SIGKILL);
    static_cast<void>(wait_for(id_));
    close(ready_descriptor_);
}

}  // namespace dibs::test
