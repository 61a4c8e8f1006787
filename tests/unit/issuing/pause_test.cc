// Goal: a pause is never longer than it may be, ends when it is told to, and who failed together
// doesn't come back together. Method: short pauses on the real clock; one that would take an hour
// is ended from another thread.

#include "issuing/pause.h"

#include <gtest/gtest.h>

#include <future>

namespace dibs::issuing {
namespace {

using namespace std::chrono_literals;

TEST(FullPause, LastsAllOfTheTime) {
    FullPause pause;
    const auto begun_at = std::chrono::steady_clock::now();
    EXPECT_TRUE(pause.wait(4ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begun_at, 4ms);
}

TEST(FullPause, EndsForWhoeverIsInIt) {
    FullPause pause;
    auto waiting = std::async(std::launch::async, [&] { return pause.wait(1h); });
    pause.end();
    EXPECT_FALSE(waiting.get());
    EXPECT_FALSE(pause.wait(1h)) << "and for whoever comes";
}

TEST(RandomPause, LastsHalfOfTheTimeAtLeast) {
    RandomPause pause;
    const auto begun_at = std::chrono::steady_clock::now();
    EXPECT_TRUE(pause.wait(4ms));
    EXPECT_GE(std::chrono::steady_clock::now() - begun_at, 2ms);
}

TEST(RandomPause, EndsForWhoeverIsInIt) {
    RandomPause pause;
    auto waiting = std::async(std::launch::async, [&] { return pause.wait(1h); });
    pause.end();
    EXPECT_FALSE(waiting.get());
}

TEST(RandomPause, DoesNotBeginOnceItWasEnded) {
    RandomPause pause;
    pause.end();
    EXPECT_FALSE(pause.wait(1h));
}

TEST(Backoff, DoublesUpToTheLongest) {
    Backoff backoff(10ms, 70ms);
    EXPECT_EQ(backoff.next(), 10ms);
    EXPECT_EQ(backoff.next(), 20ms);
    EXPECT_EQ(backoff.next(), 40ms);
    EXPECT_EQ(backoff.next(), 70ms);
    EXPECT_EQ(backoff.next(), 70ms);
}

}  // namespace
}  // namespace dibs::issuing
