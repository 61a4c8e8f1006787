// Goal: the simulation's own ground holds: what happens follows from the seed alone, time passes
// only when everybody sleeps, a fibre that is ended lets go of all it holds and does nothing more.
// Method: a few fibres that write down what they do.

#include "simulation/conductor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dibs::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Owner one = 1;
constexpr Owner other = 2;

class ConductorTest : public testing::Test {
protected:
    void note(const std::string& what) { notes_.push_back(what); }
    [[nodiscard]] Time now() const { return conductor_.now(); }

    Random random_{7};
    Conductor conductor_{random_, FibreStacks(64 * 1024)};
    std::vector<std::string> notes_;
};

TEST_F(ConductorTest, TimeIsWhatEverybodySleeps) {
    std::vector<Time> woken;
    conductor_.spawn(one, [&] {
        const Time begun = now();
        conductor_.sleep(1'000);
        woken.push_back(now() - begun);
        conductor_.sleep(5'000);
        woken.push_back(now() - begun);
    });
    conductor_.run_until(100'000);
    EXPECT_THAT(woken, ElementsAre(1'000, 6'000));
    EXPECT_EQ(now(), 100'000);
}

TEST_F(ConductorTest, OthersGoOnWhileOneSleeps) {
    conductor_.spawn(one, [&] {
        note("one");
        conductor_.sleep(1'000);
        note("one again");
    });
    conductor_.after(500, world, [&] { note("between"); });
    conductor_.run_until(10'000);
    EXPECT_THAT(notes_, ElementsAre("one", "between", "one again"));
}

TEST_F(ConductorTest, WhoWaitsGoesOnWhenItIsTimeOrInVain) {
    bool is_ready = false;
    std::vector<bool> got;
    conductor_.spawn(one, [&] {
        got.push_back(conductor_.wait([&] { return is_ready; }, 1'000));
        EXPECT_GE(now(), 1'000);
        got.push_back(conductor_.wait([&] { return is_ready; }, Conductor::for_ever));
        EXPECT_LT(now(), 2'100);
    });
    conductor_.after(2'000, world, [&] { is_ready = true; });
    conductor_.run_until(10'000);
    EXPECT_THAT(got, ElementsAre(false, true));
}

TEST_F(ConductorTest, WhoIsEndedLetsGoOfAllAndDoesNothingMore) {
    struct Held {
        std::vector<std::string>& notes;
        ~Held() { notes.emplace_back("let go"); }
    };
    conductor_.spawn(one, [&] {
        const Held held{notes_};
        conductor_.sleep(1'000);
        note("never");
    });
    conductor_.after(700, one, [&] { note("never"); });
    conductor_.after(600, world, [&] { conductor_.end(one); });
    conductor_.run_until(10'000);
    EXPECT_THAT(notes_, ElementsAre("let go"));
}

TEST_F(ConductorTest, WhoStandsStillGoesOnAfterwards) {
    std::vector<Time> at;
    for (const Owner owner : {one, other}) {
        conductor_.spawn(owner, [&] {
            conductor_.sleep(1'000);
            at.push_back(now());
        });
    }
    conductor_.after(100, world, [&] { conductor_.pause(one, 5'000); });
    conductor_.run_until(10'000);
    ASSERT_EQ(at.size(), 2U);
    EXPECT_LT(at[0], 1'100);
    EXPECT_EQ(at[1], 5'100);
}

TEST_F(ConductorTest, WhatAFibreThrowsComesOutOfTheRun) {
    conductor_.spawn(one, [] { throw std::runtime_error("broken"); });
    EXPECT_THROW(conductor_.run_until(10'000), std::runtime_error);
}

TEST_F(ConductorTest, NothingHappensUnasked) {
    conductor_.spawn(one, [&] { note("begun"); });
    EXPECT_THAT(notes_, IsEmpty());
}

}  // namespace
}  // namespace dibs::simulation
