// Goal: a lull is when requests come seldom, not when the line happens to be empty.
// Method: named moments and counts.

#include "issuing/lull_sense.h"

#include <gtest/gtest.h>

namespace dibs::issuing {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyInstant opening{1h};

TEST(LullSense, OneRequestNowAndThenIsALull) {
    LullSense sense;
    std::uint64_t joined = 0;
    for (auto now = opening; now < opening + 10s; now += 500ms) {
        EXPECT_TRUE(sense.is_lull(now, ++joined));
    }
}

TEST(LullSense, AStreamIsNoneHoweverOftenItsLineIsEmpty) {
    LullSense sense;
    static_cast<void>(sense.is_lull(opening, 0));
    std::uint64_t joined = 0;
    for (auto now = opening + 1ms; now < opening + 2s; now += 1ms) {
        ASSERT_FALSE(sense.is_lull(now, ++joined));
    }
}

TEST(LullSense, BeginsOnlyWhenItHasLastedForAWhile) {
    LullSense sense;
    static_cast<void>(sense.is_lull(opening, 0));
    EXPECT_FALSE(sense.is_lull(opening + 100ms, 1'000)) << "a rush";
    EXPECT_FALSE(sense.is_lull(opening + 199ms, 1'001)) << "its end, perhaps";
    EXPECT_TRUE(sense.is_lull(opening + 200ms, 1'002));
}

TEST(LullSense, TenMillisecondsApartAreALullAndNineAreNot) {
    LullSense ten;
    LullSense nine;
    static_cast<void>(ten.is_lull(opening, 0));
    static_cast<void>(nine.is_lull(opening, 0));
    EXPECT_TRUE(ten.is_lull(opening + 200ms, 20));
    EXPECT_FALSE(nine.is_lull(opening + 198ms, 22));
}

}  // namespace
}  // namespace dibs::issuing
