// Goal: a mailbox wakes its loop once however much is posted, keeps the order, loses nothing, and
// lets nothing run after the end.
// Method: post before the loop runs, from many threads while it does, and after it has ended.

#include "http/event_loop.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace dibs::http {
namespace {

/// Runs a loop on a thread of its own until the end.
class RunningLoop {
public:
    explicit RunningLoop(EventLoop& loop) : loop_(loop), thread_([&loop] { loop.run(); }) {}
    ~RunningLoop() { end(); }

    void end() {
        if (!thread_.joinable()) return;
        loop_.post([this] { loop_.end(); });
        thread_.join();
    }

private:
    EventLoop& loop_;
    std::thread thread_;
};

TEST(EventLoop, IsWokenOnceForAllThatIsPostedBeforeItLooks) {
    EventLoop loop(0);
    std::vector<int> seen;
    for (int i = 0; i < 1'000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    EXPECT_EQ(loop.wake_count(), 1U);
    RunningLoop(loop).end();
    ASSERT_EQ(seen.size(), 1'000U);
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int>(i));
    EXPECT_LE(loop.wake_count(), 2U);  // The second for its end.
}

TEST(EventLoop, IsWokenOnceForAllThatIsPostedWhileItIsBusy) {
    EventLoop loop(0);
    RunningLoop running(loop);
    std::promise<void> started;
    std::promise<void> release;
    loop.post([&] {
        started.set_value();
        release.get_future().wait();
    });
    started.get_future().wait();
    const std::uint64_t before = loop.wake_count();
    int done = 0;
    for (int i = 0; i < 1'000; ++i) loop.post([&done] { ++done; });
    EXPECT_EQ(loop.wake_count(), before + 1);
    release.set_value();
    running.end();
    EXPECT_EQ(done, 1'000);
}

TEST(EventLoop, LosesNothingThatManyThreadsPost) {
    EventLoop loop(0);
    RunningLoop running(loop);
    constexpr int threads = 4;
    constexpr int posts = 5'000;
    std::vector<int> last(threads, -1);
    bool is_in_order = true;
    std::vector<std::thread> posters;
    for (int thread = 0; thread < threads; ++thread) {
        posters.emplace_back([&, thread] {
            for (int i = 0; i < posts; ++i) {
                loop.post([&, thread, i] {
                    int& previous = last[static_cast<std::size_t>(thread)];
                    is_in_order = is_in_order && previous == i - 1;
                    previous = i;
                });
            }
        });
    }
    for (std::thread& poster : posters) poster.join();
    running.end();
    EXPECT_TRUE(is_in_order);
    for (const int number : last) EXPECT_EQ(number, posts - 1);
}

TEST(EventLoop, RunsWhatATaskPostsAfterThatTask) {
    EventLoop loop(0);
    std::vector<int> seen;
    {
        RunningLoop running(loop);
        std::promise<void> done;
        loop.post([&] {
            loop.post([&] {
                seen.push_back(2);
                done.set_value();
            });
            seen.push_back(1);
        });
        done.get_future().wait();
    }
    EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(EventLoop, DestroysUnrunWhatIsPostedAfterItsEnd) {
    EventLoop loop(0);
    RunningLoop(loop).end();
    EXPECT_TRUE(loop.has_ended());
    bool has_run = false;
    const auto held = std::make_shared<int>(1);
    loop.post([&has_run, held] { has_run = true; });
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_FALSE(has_run);
}

TEST(EventLoop, KnowsItsOwnThread) {
    EventLoop loop(3);
    EXPECT_EQ(loop.number(), 3U);
    EXPECT_FALSE(loop.is_here());
    bool was_here = false;
    loop.post([&] { was_here = loop.is_here(); });
    RunningLoop(loop).end();
    EXPECT_TRUE(was_here);
    EXPECT_FALSE(loop.is_here());
}

}  // namespace
}  // namespace dibs::http
