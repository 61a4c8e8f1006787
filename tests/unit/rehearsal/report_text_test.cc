// Goal: a stranger sees at a glance who got what, how long it took and whether the books are right.
// Method: a made-up result, and the lines that must stand in its report.

#include <gtest/gtest.h>

#include "rehearsal/report.h"
#include "told.h"

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;

CrowdOptions stampede_of(std::uint32_t users) {
    CrowdOptions options;
    options.user_count = users;
    options.coupon_id = 42;
    return options;
}

CrowdResult ten_of_a_thousand() {
    CrowdResult result = all_told(10);
    result.outcomes = {{201, "", AnswerKind::issued, 10},
                       {400, "coupon-sold-out", AnswerKind::refused, 990}};
    for (int i = 0; i < 10; ++i) result.latency[0].record(milliseconds(12));
    for (int i = 0; i < 990; ++i) result.latency[3].record(milliseconds(40));
    result.sent = 1'000;
    result.connections_wanted = result.connections_open = 1'000;
    result.first_wave_took = milliseconds(41);
    result.elapsed = milliseconds(500);
    result.processor_time = milliseconds(10);
    return result;
}

std::string report(const CrowdOptions& options, const CrowdResult& result,
                   const std::optional<AuditReport>& verdict = std::nullopt) {
    return report_as_text(options, result, verdict, Colours::none);
}

TEST(ReportForPeople, SaysWhatWasDoneAndWhatItCameTo) {
    const std::string text = report(stampede_of(1'000), ten_of_a_thousand());
    EXPECT_TRUE(
        text.contains("A stampede of 1,000 users\n"
                      "POST /api/v1/coupons/42/me on 127.0.0.1:8080\n"))
        << text;
    EXPECT_TRUE(
        text.contains("  1,000 requests over 1,000 connections, all sent within 41.0 ms of "
                      "the start.\n"
                      "  The last answer came after 500 ms: 2,000 answers a second.\n"))
        << text;
    EXPECT_TRUE(text.contains("  issued    201                      10    1.0 %   ▎\n")) << text;
    EXPECT_TRUE(text.contains("  refused   400   coupon-sold-out   990   99.0 %   ██")) << text;
    EXPECT_TRUE(text.contains("  issued    12.0 ms   12.0 ms   12.0 ms   12.0 ms   12.0 ms\n"))
        << text;
    EXPECT_TRUE(text.contains("\n  all ")) << text;
    EXPECT_TRUE(text.contains("10.0 ms of processor time, 10.0 µs per request")) << text;
    EXPECT_FALSE(text.contains("Audit"));
    EXPECT_FALSE(text.contains("\x1b"));
}

TEST(ReportForPeople, DoesNotClaimOneMomentWhereConnectionsAreShared) {
    CrowdResult result = ten_of_a_thousand();
    result.connections_open = 100;
    EXPECT_TRUE(report(stampede_of(1'000), result)
                    .contains("over 100 connections; each sent its first within 41.0 ms"));
}

TEST(ReportForPeople, HidesNoRequestWithoutAnAnswer) {
    CrowdResult result = ten_of_a_thousand();
    result.cut_off = 3;
    result.timed_out = 2;
    result.malformed = 1;
    result.never_sent = 4;
    result.was_stopped = true;
    result.notes = {"Something that a reader must know."};
    const std::string text = report(stampede_of(1'000), result);
    for (const char* part :
         {"no answer    ", "the connection broke", "given up", "not HTTP", "never sent",
          "It was stopped before its end.", "  Something that a reader must know.\n"}) {
        EXPECT_TRUE(text.contains(part)) << part << text;
    }
}

TEST(ReportForPeople, SaysFromWhenTheOpenLoopMeasures) {
    CrowdOptions options = stampede_of(5);
    options.mode = CrowdMode::open_loop;
    options.requests_per_second = 2'000;
    const std::string text = report(options, ten_of_a_thousand());
    EXPECT_TRUE(text.contains("5 users, 2,000 requests a second, for 10.0 s\n")) << text;
    EXPECT_TRUE(text.contains("from when it was due to be sent")) << text;
    options.mode = CrowdMode::closed_loop;
    EXPECT_TRUE(report(options, ten_of_a_thousand()).contains("as fast as they are answered"));
}

TEST(ReportForPeople, SaysThatEverythingAddsUp) {
    const CrowdResult result = ten_of_a_thousand();
    const std::string text = report(stampede_of(1'000), result, audit(result, terms_of(10)));
    EXPECT_TRUE(text.contains("Audit  10 registrations given out\n  ✓ never oversold\n")) << text;
    EXPECT_TRUE(text.contains("  · nothing acknowledged was lost (not checked)\n")) << text;
    EXPECT_TRUE(text.ends_with("\nEverything adds up.\n")) << text;
}

TEST(ReportForPeople, NamesTheRowsBehindABrokenPromise) {
    const CrowdResult result = ten_of_a_thousand();
    const std::string text = report(stampede_of(1'000), result, audit(result, terms_of(2)));
    EXPECT_TRUE(text.contains("  ✗ oversold: 8 findings\n")) << text;
    EXPECT_TRUE(text.contains("      user-3  42-4  rank 3  there were 2 in all\n")) << text;
    EXPECT_TRUE(text.contains("      … and 3 more\n")) << text;
    EXPECT_TRUE(text.ends_with("\n1 promise is broken.\n")) << text;
}

TEST(ReportForPeople, SaysThatTheBooksCouldNotBeReadAndWhy) {
    const CrowdResult result = ten_of_a_thousand();
    AuditReport verdict = audit(result, terms_of(10));
    verdict.books_unread = "127.0.0.1:8081: connection refused";
    const std::string text = report(stampede_of(1'000), result, verdict);
    EXPECT_TRUE(
        text.ends_with("\nThe books could not be read, so only the answers were audited: "
                       "127.0.0.1:8081: connection refused\n"))
        << text;
    EXPECT_FALSE(text.contains("Everything adds up.")) << text;
    EXPECT_FALSE(verdict.is_clean());
}

TEST(ReportForPeople, ColoursOnlyWhereColoursMayBe) {
    const CrowdResult result = ten_of_a_thousand();
    const std::string text =
        report_as_text(stampede_of(1'000), result, audit(result, terms_of(10)), Colours::ansi);
    EXPECT_TRUE(text.contains("\x1b[32m✓\x1b[0m never oversold"));
}

TEST(ReportForPeople, StandsEvenIfNothingWasAnswered) {
    CrowdResult result;
    result.sent = 1;
    result.cut_off = 1;
    const std::string text = report(stampede_of(1), result);
    EXPECT_TRUE(text.contains("A stampede of 1 user\n")) << text;
    EXPECT_FALSE(text.contains("How long it took")) << text;
}

}  // namespace
}  // namespace dibs::rehearsal
