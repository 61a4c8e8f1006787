// Goal: a crowd takes as many files as it may without privileges, and knows how many that are.
// Method: in a process of its own, lower the limit and raise it again.

#include "rehearsal/open_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>

namespace dibs::rehearsal {
namespace {

/// Exits with 0 if all of the limit can be had and what is open already is not counted.
[[noreturn]] void raise_and_exit() {
    rlimit limit{64, 256};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::_Exit(2);
    const std::size_t room = raise_open_files_limit();
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != 256 || room >= 256 || room < 128) std::_Exit(3);
    for (std::size_t i = 0; i < room; ++i) {
        if (::open("/dev/null", O_RDONLY) < 0) std::_Exit(4);
    }
    std::_Exit(0);
}

TEST(OpenFiles, AreRaisedToTheHardLimit) {
    EXPECT_EXIT(raise_and_exit(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace dibs::rehearsal
