// Goal: an operator can ask for a fold, is told at once which run that is, and can watch it.
// Method: the operators' API with nobody who folds; the test folds by hand between two looks.

#include "controller/compaction_controller.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using test::a_coupon;
using test::must;
using test::noon;

using namespace std::chrono_literals;

TEST(Compactions, AreAskedForAndWatched) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(5));
    static_cast<void>(api.issue(coupon, "ann"));
    api.clock().advance(1h);
    const auto started =
        api.operate("POST", "/admin/v1/compactions", R"({"until":"2026-11-27T12:30:00Z"})");
    ASSERT_EQ(told(started), "202");
    EXPECT_EQ(text_of(started, "state"), "running");
    EXPECT_EQ(text_of(started, "until"), "2026-11-27T12:30:00.000000Z");
    EXPECT_EQ(text_of(started, "startedAt"), "2026-11-27T13:00:00.000000Z");
    EXPECT_FALSE(body_of(started).contains("finishedAt"));
    const std::string place(*started.field("location"));
    EXPECT_EQ(place,
              fmt::format("/admin/v1/compactions/{}", body_of(started).at("run").as_int64()));
    EXPECT_EQ(api.operate("GET", place).body, started.body);

    EXPECT_TRUE(api.compactions().wait_for_request(0ms)) << "whoever folds was told";
    must(api.compactions().finish_unfinished());
    const auto finished = api.operate("GET", place);
    EXPECT_EQ(text_of(finished, "state"), "finished");
    EXPECT_EQ(body_of(finished).at("eventsIn").as_int64(), 2);
    EXPECT_EQ(body_of(finished).at("eventsOut").as_int64(), 1);
}

TEST(Compactions, FoldUntilTheStartOfTodayUnlessToldOtherwise) {
    RunningApi api;
    for (const char* body : {"", "{}", R"({"until":null})"}) {
        EXPECT_EQ(text_of(api.operate("POST", "/admin/v1/compactions", body), "until"),
                  "2026-11-27T00:00:00.000000Z");
    }
}

TEST(Compactions, AskedForTwiceAreOne) {
    RunningApi api;
    const auto first = api.operate("POST", "/admin/v1/compactions");
    const auto second = api.operate("POST", "/admin/v1/compactions");
    EXPECT_EQ(told(second), "202");
    EXPECT_EQ(second.body, first.body);
}

TEST(Compactions, OfTheFutureAreRefusedAndOfThisMomentNot) {
    RunningApi api;
    const auto refused =
        api.operate("POST", "/admin/v1/compactions", R"({"until":"2026-11-27T12:00:00.000001Z"})");
    EXPECT_EQ(told(refused), "400 invalid-request");
    EXPECT_EQ(text_of(refused, "field"), "until");
    EXPECT_EQ(
        told(api.operate("POST", "/admin/v1/compactions", R"({"until":"2026-11-27T12:00:00Z"})")),
        "202");
    EXPECT_EQ(text_of(api.operate("POST", "/admin/v1/compactions", R"({"til":1})"), "field"),
              "til");
}

TEST(Compactions, AreListedNewestFirstPageByPage) {
    RunningApi api;
    for (int i = 0; i < 3; ++i) {
        must(api.compactions().run(noon, repository::CompactionTrigger::command));
    }
    std::vector<std::int64_t> runs;
    std::string target = "/admin/v1/compactions?limit=2";
    while (true) {
        const auto body = body_of(api.operate("GET", target));
        for (const auto& item : body.at("items").as_array()) {
            runs.push_back(item.at("run").as_int64());
        }
        if (body.at("next").is_null()) break;
        target = "/admin/v1/compactions?limit=2&cursor=" + std::string(body.at("next").as_string());
    }
    ASSERT_EQ(runs.size(), 3U);
    EXPECT_TRUE(runs[0] > runs[1] && runs[1] > runs[2]);
    EXPECT_EQ(text_of(api.operate("GET", "/admin/v1/compactions?limit=0"), "field"), "limit");
    EXPECT_EQ(text_of(api.operate("GET", "/admin/v1/compactions?cursor=x"), "field"), "cursor");
}

TEST(Compactions, ThatAreNotThereAreNotFound) {
    RunningApi api;
    for (const char* run : {"999", "x", "-1", "99999999999999999999"}) {
        EXPECT_EQ(told(api.operate("GET", fmt::format("/admin/v1/compactions/{}", run))),
                  "404 compaction-not-found")
            << run;
    }
}

}  // namespace
}  // namespace dibs::controller
