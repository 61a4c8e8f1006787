// Goal: with no descriptor left the server waits instead of spinning, says so once, and goes on by
// itself. Method: take the process's descriptors away while a client waits in the kernel's queue.

#include "http/listener.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include <ctime>
#include <future>

#include "base/log.h"
#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using test::get;
using test::Wire;

/// Lets the process open no more descriptors, until it is destroyed.
class NoMoreDescriptors {
public:
    NoMoreDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // The lowest number that is free is the first that is forbidden.
        const Descriptor lowest(::dup(0));
        rlimit limit = before_;
        limit.rlim_cur = static_cast<rlim_t>(lowest.number());
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoMoreDescriptors(const NoMoreDescriptors&) = delete;
    NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

private:
    rlimit before_{};
};

/// The clock of the processor time that `loop`'s thread has spent.
clockid_t processor_clock(Loop& loop) {
    std::promise<clockid_t> answer;
    loop.post([&answer] {
        clockid_t clock{};
        ::pthread_getcpuclockid(::pthread_self(), &clock);
        answer.set_value(clock);
    });
    return answer.get_future().get();
}

std::chrono::nanoseconds read(clockid_t clock) {
    timespec spent{};
    ::clock_gettime(clock, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

TEST(Listener, OutlivesALackOfDescriptors) {
    const auto server = test::open({}, test::echo_path);
    Loop& loop = *server->loops().front();
    const clockid_t clock = processor_clock(loop);
    std::promise<void> release;
    loop.post([&] { release.get_future().wait(); });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/patient")));
    testing::internal::CaptureStdout();
    // The undefined-behaviour sanitizer opens a pipe when it sees a type for the first time; let it
    // see the logger's while it can.
    base::log::warning("descriptors-run-out");
    {
        const NoMoreDescriptors none;
        release.set_value();
        const auto begin = std::chrono::steady_clock::now();
        const auto spent_before = read(clock);
        // Long enough for several tries, and for a loop that spins to burn most of it.
        while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(350)) {
            ASSERT_FALSE(client.is_readable_within(std::chrono::milliseconds(50)));
        }
        EXPECT_LT(read(clock) - spent_before, std::chrono::milliseconds(100));
    }
    EXPECT_EQ(test::body_of(client.read_answer()), "/patient");
    const std::string log = testing::internal::GetCapturedStdout();
    const std::size_t warning = log.find("\"event\":\"accept-failed\"");
    ASSERT_NE(warning, std::string::npos) << log;
    EXPECT_EQ(log.find("\"event\":\"accept-failed\"", warning + 1), std::string::npos) << log;
}

}  // namespace
}  // namespace dibs::http
