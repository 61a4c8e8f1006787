// Goal: a crowd that makes no sense is refused with a sentence, before anything is sent.
// Method: one thing wrong at a time.

#include "rehearsal/crowd_options.h"

#include <gtest/gtest.h>

#include <functional>

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;

/// The refusal's sentence; empty if the options were taken.
std::string refusal(const std::function<void(CrowdOptions&)>& change) {
    CrowdOptions options;
    change(options);
    const auto result = validate(options);
    if (result) return {};
    EXPECT_EQ(result.failure().kind, base::FailureKind::invalid);
    return result.failure().what;
}

TEST(CrowdOptions, MakeSenseAsTheyStand) {
    EXPECT_EQ(refusal([](CrowdOptions&) {}), "");
}

TEST(CrowdOptions, NeedSomebodyToAskAndSomewhereToAsk) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.host.clear(); }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.host = "two words"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.port = 0; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.other_nodes = {{"h", 0}}; }), "");
    EXPECT_EQ(refusal([](CrowdOptions& o) { o.other_nodes = {{"h", 1}, {"::1", 2}}; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.path = "api"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.path = "/a b"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.coupon_count = 0; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.coupon_count = 1'000'001; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.method = ""; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.method = "GET\r\nX:"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.user_count = 0; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.connection_count = 0; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.thread_count = 0; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.thread_count = 65; }), "");
}

TEST(CrowdOptions, LetPeopleGoAwayOnlyFromAnOpenLoop) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.goes_away_when_full = true; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) {
                  o.mode = CrowdMode::closed_loop;
                  o.goes_away_when_full = true;
              }),
              "");
    EXPECT_EQ(refusal([](CrowdOptions& o) {
                  o.mode = CrowdMode::open_loop;
                  o.requests_per_second = 10;
                  o.goes_away_when_full = true;
              }),
              "");
}

TEST(CrowdOptions, NameUsersByOneNumber) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.user_pattern = "user"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.user_pattern = "a#b#"; }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.user_pattern = "a\r\nX: #"; }), "");
    EXPECT_EQ(refusal([](CrowdOptions& o) { o.user_pattern = "##@shop"; }), "");
    EXPECT_EQ(refusal([](CrowdOptions& o) {
                  o.user_pattern = "alice";
                  o.user_count = 1;
              }),
              "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.first_user = ~std::uint64_t{0}; }), "");
}

TEST(CrowdOptions, NeedADurationAndARateForTheLoopsThatHaveThem) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.mode = CrowdMode::open_loop; }), "");
    EXPECT_EQ(refusal([](CrowdOptions& o) {
                  o.mode = CrowdMode::open_loop;
                  o.requests_per_second = 0.5;
              }),
              "");
    EXPECT_NE(refusal([](CrowdOptions& o) {
                  o.mode = CrowdMode::closed_loop;
                  o.duration = milliseconds(0);
              }),
              "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.requests_per_user = 0; }), "");
    EXPECT_EQ(refusal([](CrowdOptions& o) {
                  o.mode = CrowdMode::closed_loop;
                  o.requests_per_user = 0;
              }),
              "");
}

TEST(CrowdOptions, NeedPatience) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.answer_timeout = milliseconds(0); }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.connect_timeout = milliseconds(0); }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.settling_time = milliseconds(-1); }), "");
}

TEST(CrowdOptions, KeepKeysWithinWhatAServiceTakes) {
    EXPECT_NE(refusal([](CrowdOptions& o) { o.key_prefix = std::string(41, 'k'); }), "");
    EXPECT_NE(refusal([](CrowdOptions& o) { o.key_prefix = "a\"b"; }), "");
}

}  // namespace
}  // namespace dibs::rehearsal
