// Goal: a caller's trace goes on through us, whatever else comes in its place is not believed, and
// a failure carries an id that its line in the log has, too. Method: the form's own rules (W3C
// Trace Context) broken one by one; answers as they leave.

#include "controller/request_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/controller/requests.h"
#include "unit/controller/responses.h"

namespace dibs::controller {
namespace {

using http::Response;
using testing::MatchesRegex;

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string good = "00-" + trace_id + "-00f067aa0ba902b7-01";

Response finished(unsigned status, std::vector<http::Field> fields) {
    Response response;
    response.status = status;
    finish_answer(request_with(std::move(fields)), response);
    return response;
}

TEST(RequestTrace, ReadsATraceParent) {
    const auto parent = parse_traceparent(good);
    ASSERT_TRUE(parent.has_value());
    EXPECT_EQ(parent->trace_id, trace_id);
    EXPECT_EQ(parent->flags, "01");
}

TEST(RequestTrace, ReadsWhatALaterVersionHasInCommon) {
    EXPECT_TRUE(parse_traceparent("01" + good.substr(2)).has_value());
    EXPECT_TRUE(parse_traceparent("01" + good.substr(2) + "-and-more").has_value());
    EXPECT_FALSE(parse_traceparent("01" + good.substr(2) + "and-more").has_value());
}

TEST(RequestTrace, ReadsNothingElse) {
    std::string upper = good;
    std::ranges::transform(upper, upper.begin(), [](char c) { return c == 'f' ? 'F' : c; });
    for (const std::string& text :
         {std::string(), good.substr(1), good.substr(0, 54), good + "-00", good + "0", upper,
          "ff" + good.substr(2), "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
          "00-" + trace_id + "-" + std::string(16, '0') + "-01",
          "00_" + trace_id + "-00f067aa0ba902b7-01", "00-" + trace_id + "_00f067aa0ba902b7-01",
          "00-" + trace_id + "-00f067aa0ba902b7_01", "0g" + good.substr(2)}) {
        EXPECT_EQ(parse_traceparent(text), std::nullopt) << text;
    }
}

TEST(RequestTrace, GoesOnAsTheCallersChild) {
    const Response response = finished(200, {{"traceparent", good}});
    const std::string passed_on = field_of(response, "traceparent");
    EXPECT_THAT(passed_on, MatchesRegex("00-" + trace_id + "-[0-9a-f]{16}-01"));
    EXPECT_NE(passed_on, good) << "a span of our own";
    EXPECT_EQ(field_of(response, "X-Request-Id"), "");
}

TEST(RequestTrace, PassesOnOnlyTheFlagThatItKnows) {
    const std::string stem = "00-" + trace_id + "-00f067aa0ba902b7-";
    for (const auto& [flags, passed_on] : {std::pair("00", "-00"), std::pair("ff", "-01"),
                                           std::pair("fe", "-00"), std::pair("03", "-01")}) {
        const Response response = finished(200, {{"traceparent", stem + flags}});
        EXPECT_TRUE(field_of(response, "traceparent").ends_with(passed_on)) << flags;
    }
}

TEST(RequestTrace, StartsNoneWhereNobodyBroughtOne) {
    EXPECT_EQ(field_of(finished(200, {}), "traceparent"), "");
    EXPECT_EQ(field_of(finished(200, {{"traceparent", "00-nonsense"}}), "traceparent"), "");
}

TEST(RequestTrace, GivesEveryFailureAnIdOfItsOwn) {
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        const std::string id = field_of(finished(503, {}), "X-Request-Id");
        EXPECT_THAT(id, MatchesRegex("[0-9a-f]{32}"));
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 50U);
}

TEST(RequestTrace, AFailureOfATracedRequestHasItsTracesId) {
    EXPECT_EQ(field_of(finished(500, {{"traceparent", good}}), "X-Request-Id"), trace_id);
    EXPECT_EQ(field_of(finished(499, {{"traceparent", good}}), "X-Request-Id"), "");
}

}  // namespace
}  // namespace dibs::controller
