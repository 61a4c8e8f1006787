// Goal: every outcome and every failure is told with the status and the code that the API promises.
// Method: the whole table, written down once more by hand; and what must be true of all its lines.

#include "controller/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/printing.h"
#include "unit/controller/responses.h"

namespace dibs::controller {
namespace {

using base::Failure;
using base::FailureKind;
using domain::IssueOutcome;
using http::Response;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

TEST(Answer, TellsEveryRefusalWithItsStatusAndCode) {
    struct Line {
        IssueOutcome outcome;
        unsigned status;
        std::string_view code;
    };
    for (const Line& line :
         {Line{IssueOutcome::coupon_not_found, 404, "coupon-not-found"},
          Line{IssueOutcome::already_registered, 409, "coupon-already-registered"},
          Line{IssueOutcome::sold_out, 400, "coupon-sold-out"},
          Line{IssueOutcome::not_started, 400, "coupon-not-started"},
          Line{IssueOutcome::ended, 400, "coupon-ended"}}) {
        const http::Problem problem = problem_of(line.outcome);
        EXPECT_EQ(problem.status, line.status) << line.code;
        EXPECT_EQ(problem.code, line.code);
        EXPECT_EQ(problem.code, name_of(line.outcome)) << "metrics and answers say the same word";
        EXPECT_FALSE(problem.title.empty());
        EXPECT_FALSE(problem.detail.empty());
    }
}

TEST(Answer, TellsEveryFailureWithItsStatusAndCode) {
    struct Line {
        FailureKind kind;
        unsigned status;
        std::string_view code;
    };
    for (const Line& line : {Line{FailureKind::unavailable, 503, "store-unavailable"},
                             Line{FailureKind::overloaded, 503, "overloaded"},
                             Line{FailureKind::expired, 503, "overloaded"},
                             Line{FailureKind::stopping, 503, "shutting-down"},
                             Line{FailureKind::in_doubt, 503, "outcome-unknown"},
                             Line{FailureKind::refused, 500, "internal-error"},
                             Line{FailureKind::corrupted, 500, "internal-error"},
                             Line{FailureKind::invalid, 500, "internal-error"}}) {
        const Response response = answer_of(Failure{line.kind, "the disk is on fire"});
        EXPECT_EQ(response.status, line.status) << line.code;
        EXPECT_EQ(response.content_type, "application/problem+json");
        const auto body = body_of(response);
        EXPECT_EQ(body.at("code").as_string(), line.code);
        EXPECT_EQ(body.at("type").as_string(), "/problems/" + std::string(line.code));
        EXPECT_EQ(body.at("status").as_int64(), line.status);
        // Trying again helps where the store or the service may be back; it doesn't with a bug.
        EXPECT_EQ(field_of(response, "Retry-After"), line.status == 503 ? "1" : "");
        // The inside is for the log.
        EXPECT_THAT(response.body, Not(HasSubstr("fire")));
        EXPECT_EQ(response.note, std::string(name_of(line.kind)) + ": the disk is on fire");
    }
}

TEST(Answer, SaysThatARequestForACouponIsSafeToRepeatAndAnythingElseIsNot) {
    const Failure doubt{FailureKind::in_doubt, "the disk is on fire"};
    const Response of_issue = answer_of_issue(doubt);
    EXPECT_EQ(of_issue.status, 503U);
    EXPECT_EQ(body_of(of_issue).at("code").as_string(), "outcome-unknown");
    EXPECT_EQ(field_of(of_issue, "Retry-After"), "1");
    EXPECT_THAT(of_issue.body, HasSubstr("Repeating the request is safe."));
    EXPECT_THAT(answer_of(doubt).body, Not(HasSubstr("safe")));
    EXPECT_THAT(answer_of(doubt).body, HasSubstr("Look at what it has before you repeat."));
    const Failure gone{FailureKind::unavailable, ""};
    EXPECT_EQ(answer_of_issue(gone).body, answer_of(gone).body);
}

TEST(Answer, EveryCodeStandsInTheTableOnce) {
    std::set<std::string_view> codes;
    for (const ProblemKind& kind : problem_kinds()) {
        EXPECT_TRUE(codes.insert(kind.code).second) << kind.code;
        EXPECT_THAT(std::string(kind.code), MatchesRegex("[a-z]+(-[a-z]+)*"));
        EXPECT_GE(kind.status, 400U) << kind.code;
        EXPECT_LE(kind.status, 599U) << kind.code;
        EXPECT_FALSE(kind.title.empty()) << kind.code;
        EXPECT_TRUE(kind.help.ends_with('.')) << kind.code;
    }
}

TEST(Answer, TheTableIsInTheOrderOfStatuses) {
    EXPECT_TRUE(std::ranges::is_sorted(problem_kinds(), {}, &ProblemKind::status));
}

TEST(Answer, NamesTheFieldThatIsWrong) {
    const Response response = invalid_request({"na\"me", "expected something else"});
    EXPECT_EQ(response.status, 400U);
    const auto body = body_of(response);
    EXPECT_EQ(body.at("code").as_string(), "invalid-request");
    EXPECT_EQ(body.at("field").as_string(), "na\"me");
    EXPECT_EQ(body.at("detail").as_string(), "na\"me: expected something else");
}

TEST(Answer, SaysAProblemByItsCode) {
    const Response response = problem("already-returned", "Twice is once too often.");
    EXPECT_EQ(response.status, 409U);
    EXPECT_EQ(response.body,
              R"({"type":"/problems/already-returned","title":"Returned before","status":409,)"
              R"("detail":"Twice is once too often.","code":"already-returned"})");
    EXPECT_EQ(body_of(coupon_not_found()).at("code").as_string(), "coupon-not-found");
}

TEST(AnswerDeathTest, AProblemWithoutALineInTheTableIsABug) {
    EXPECT_DEATH(static_cast<void>(problem("no-such-code", "")), "stands in the table");
    EXPECT_DEATH(static_cast<void>(problem_of(IssueOutcome::issued)), "no problem");
    EXPECT_DEATH(static_cast<void>(problem_of(IssueOutcome::replayed)), "no problem");
}

TEST(Answer, SaysHowLongToWaitInWholeSecondsRoundedUp) {
    const Response response = rate_limited(std::chrono::milliseconds(1'001), 20);
    EXPECT_EQ(response.status, 429U);
    EXPECT_EQ(body_of(response).at("code").as_string(), "rate-limited");
    EXPECT_EQ(field_of(response, "Retry-After"), "2");
    EXPECT_EQ(field_of(response, "RateLimit-Policy"), R"("user";q=20;w=1)");
    EXPECT_EQ(field_of(response, "RateLimit"), R"("user";r=0;t=2)");
    EXPECT_EQ(field_of(rate_limited(std::chrono::milliseconds(1), 20), "Retry-After"), "1");
}

}  // namespace
}  // namespace dibs::controller
