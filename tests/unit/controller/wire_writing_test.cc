// Goal: every answer has exactly the shape that the API promises, and nothing that somebody gave us
// a name breaks it. Method: whole texts compared, member for member; then names with quotes, line
// breaks and letters of the world, read back by a JSON parser that is not ours.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "controller/wire_format.h"
#include "support/builders.h"
#include "support/printing.h"
#include "unit/controller/responses.h"

namespace dibs::controller {
namespace {

using domain::CouponId;
using domain::IssueOutcome;
using domain::Sequence;
using repository::Page;
using test::a_coupon;
using test::a_registration;
using test::noon;
using test::one_tick;
using testing::HasSubstr;

using namespace std::chrono_literals;

const std::string registered_json =
    R"({"id":"42-1018","couponId":42,"rank":1017,"registeredAt":"2026-11-27T12:00:00.012345Z",)"
    R"("status":"active","coupon":{"id":42,"name":"Black Friday 50%",)"
    R"("from":"2026-11-27T12:00:00.000000Z","to":"2026-11-28T12:00:00.000000Z"}})";

domain::RegisteredCoupon registered() {
    auto one = a_registration().coupon(42).sequence(1'018).rank(1'017).registered();
    one.registered_at = noon + 12'345 * one_tick;
    return one;
}

std::shared_ptr<const domain::CouponTerms> terms() {
    return std::make_shared<const domain::CouponTerms>(a_coupon().terms(42));
}

TEST(WireWriting, ARegisteredCouponWithItsCoupon) {
    EXPECT_EQ(write_registered({registered(), terms()}), registered_json);
    std::string text = "before ";
    append_registered(text, registered(), *terms());
    EXPECT_EQ(text, "before " + registered_json);
}

TEST(WireWriting, PagesOfRegisteredCoupons) {
    EXPECT_EQ(write_registered_page({}, ""), R"({"items":[],"next":null})");
    Page<repository::RegisteredWithTerms> page;
    page.rows = {{registered(), terms()}, {registered(), terms()}};
    EXPECT_EQ(write_registered_page(page, "abc"),
              R"({"items":[)" + registered_json + "," + registered_json + R"(],"next":"abc"})");
}

TEST(WireWriting, ACouponAsCustomersSeeIt) {
    const auto coupon = a_coupon().described("Half price.").limit(2).with_stock(7).open(42);
    EXPECT_EQ(write_offer(coupon),
              R"({"id":42,"name":"Black Friday 50%","description":"Half price.",)"
              R"("from":"2026-11-27T12:00:00.000000Z","to":"2026-11-28T12:00:00.000000Z",)"
              R"("limitPerUser":2,"remaining":7})");
    EXPECT_EQ(write_offer_page({}, ""), R"({"items":[],"next":null})");
}

TEST(WireWriting, ACouponAsOperatorsSeeIt) {
    auto coupon = a_coupon().with_stock(7).open(42);
    const test::Asking asking("ann");
    ASSERT_EQ(coupon.register_(asking.request(), {}).outcome, IssueOutcome::issued);
    EXPECT_EQ(write_coupon(coupon),
              R"({"id":42,"name":"Black Friday 50%","description":"",)"
              R"("from":"2026-11-27T12:00:00.000000Z","to":"2026-11-28T12:00:00.000000Z",)"
              R"("limitPerUser":1,"createdAt":"2026-11-27T12:00:00.000000Z",)"
              R"("stock":6,"issued":1,"sequence":2})");
    Page<domain::Coupon> page;
    page.rows = {coupon, coupon};
    EXPECT_EQ(write_coupon_page(page, "n"), R"({"items":[)" + write_coupon(coupon) + "," +
                                                write_coupon(coupon) + R"(],"next":"n"})");
}

TEST(WireWriting, EventsOfEveryKind) {
    auto events = test::stream(42)
                      .cumulative(5, 10, 3)
                      .stocked(4)
                      .issued("ann")
                      .returned("ann")
                      .adjusted(-2)
                      .events();
    events[1].reason = "restock";
    EXPECT_EQ(write_event(events[0]),
              R"({"couponId":42,"sequence":5,"kind":"cumulative","amount":10,"stockAfter":10,)"
              R"("issuedAfter":3,"createdAt":"2026-11-27T12:00:00.000000Z"})");
    EXPECT_EQ(write_event(events[1]),
              R"({"couponId":42,"sequence":6,"kind":"stocked","amount":4,"stockAfter":14,)"
              R"("issuedAfter":3,"reason":"restock","createdAt":"2026-11-27T12:00:01.000000Z"})");
    EXPECT_EQ(write_event(events[2]),
              R"({"couponId":42,"sequence":7,"kind":"issued","amount":-1,"stockAfter":13,)"
              R"("issuedAfter":4,"userId":"ann","createdAt":"2026-11-27T12:00:02.000000Z"})");
    EXPECT_THAT(write_event(events[3]), HasSubstr(R"("kind":"returned","amount":1,)"));
    EXPECT_THAT(write_event(events[4]), HasSubstr(R"("kind":"adjusted","amount":-2,)"));
    EXPECT_EQ(write_event_page({{events[0]}, true}, "n"),
              R"({"items":[)" + write_event(events[0]) + R"(],"next":"n"})");
}

TEST(WireWriting, TheStockOfAMoment) {
    EXPECT_EQ(write_stock(CouponId{42}, {noon, {Sequence{9}, 7, 2}}),
              R"({"couponId":42,"at":"2026-11-27T12:00:00.000000Z","stock":7,"issued":2})");
}

TEST(WireWriting, ARegistrationAsOperatorsSeeIt) {
    EXPECT_EQ(
        write_registration(a_registration().coupon(42).nth(2).rank(1).returned().registered()),
        R"({"id":"42-2","couponId":42,"sequence":2,"userId":"alice","nth":2,"rank":1,)"
        R"("registeredAt":"2026-11-27T12:00:00.000000Z","status":"returned"})");
    EXPECT_EQ(write_registration_page({}, ""), R"({"items":[],"next":null})");
}

TEST(WireWriting, ARunUnderWayAndOneThatIsOver) {
    repository::CompactionRun run{.run = 3,
                                  .until = noon,
                                  .trigger = repository::CompactionTrigger::catch_up,
                                  .started_at = noon + 1h,
                                  .finished_at = std::nullopt,
                                  .is_frozen = true,
                                  .events_in = 10,
                                  .events_out = 2,
                                  .steps = 1};
    EXPECT_EQ(write_run(run), R"({"run":3,"state":"running","trigger":")" +
                                  std::string(name_of(run.trigger)) +
                                  R"(","until":"2026-11-27T12:00:00.000000Z",)"
                                  R"("startedAt":"2026-11-27T13:00:00.000000Z",)"
                                  R"("eventsIn":10,"eventsOut":2,"steps":1})");
    run.finished_at = noon + 1h + 42 * one_tick;
    EXPECT_THAT(write_run(run), HasSubstr(R"("state":"finished")"));
    EXPECT_THAT(write_run(run), HasSubstr(R"("finishedAt":"2026-11-27T13:00:00.000042Z",)"
                                          R"("tookMicroseconds":42,)"));
    EXPECT_EQ(write_run_page({{run}, false}, ""),
              R"({"items":[)" + write_run(run) + R"(],"next":null})");
}

// What somebody who asked is told.

TEST(WireWriting, IssuedIsA201ThatSaysWhereItIs) {
    const auto response = to_response({IssueOutcome::issued, {registered()}, terms()});
    EXPECT_EQ(response.status, 201U);
    EXPECT_EQ(response.content_type, "application/json");
    EXPECT_EQ(response.body, registered_json);
    EXPECT_EQ(field_of(response, "Location"), "/api/v1/coupons/me/42-1018");
    EXPECT_EQ(field_of(response, "Idempotent-Replayed"), "");
}

TEST(WireWriting, AReplayIsTheFirstAnswerWhateverBecameOfItSince) {
    auto returned = registered();
    returned.status = domain::RegistrationStatus::returned;
    const auto response = to_response({IssueOutcome::replayed, {returned}, terms()});
    EXPECT_EQ(response.status, 201U);
    EXPECT_EQ(response.body, registered_json);
    EXPECT_EQ(field_of(response, "Location"), "/api/v1/coupons/me/42-1018");
    EXPECT_EQ(field_of(response, "Idempotent-Replayed"), "true");
}

TEST(WireWriting, AlreadyRegisteredSaysWhatTheUserHolds) {
    const auto response =
        to_response({IssueOutcome::already_registered, {registered(), registered()}, terms()});
    EXPECT_EQ(response.status, 409U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto body = boost::json::parse(response.body).as_object();
    EXPECT_EQ(body.at("code").as_string(), "coupon-already-registered");
    EXPECT_EQ(body.at("items"),
              boost::json::parse("[" + registered_json + "," + registered_json + "]"));
}

TEST(WireWriting, EveryOtherRefusalIsItsProblem) {
    for (const auto& [outcome, status] :
         {std::pair(IssueOutcome::coupon_not_found, 404U), std::pair(IssueOutcome::sold_out, 400U),
          std::pair(IssueOutcome::not_started, 400U), std::pair(IssueOutcome::ended, 400U)}) {
        // Without terms, as the latch answers.
        const auto response = to_response({outcome, {}, nullptr});
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(boost::json::parse(response.body).at("code").as_string(), name_of(outcome));
    }
}

// What people call things.

TEST(WireWriting, NoNameBreaksTheJson) {
    for (const std::string& name :
         {std::string("\"quoted\""), std::string("back\\slash"), std::string("two\nlines\ttab"),
          std::string("쿠폰 🎟 é"), std::string("</script>"), std::string("a\0b", 3),
          std::string("\x7F\x01")}) {
        const auto coupon = a_coupon().named(name).described(name).open(42);
        for (const std::string& text : {write_offer(coupon), write_coupon(coupon)}) {
            const auto body = boost::json::parse(text).as_object();
            EXPECT_EQ(std::string(body.at("name").as_string()), name);
            EXPECT_EQ(std::string(body.at("description").as_string()), name);
        }
        auto event = test::stream(42).stocked(1).events().front();
        event.reason = name;
        EXPECT_EQ(std::string(boost::json::parse(write_event(event)).at("reason").as_string()),
                  name);
    }
}

TEST(WireWriting, BytesThatAreNoTextAreReplacedRatherThanPassedOn) {
    const auto coupon = a_coupon().named("a\xFF").open(42);
    EXPECT_EQ(std::string(boost::json::parse(write_offer(coupon)).at("name").as_string()),
              "a\xEF\xBF\xBD");
}

TEST(WireWriting, RegistrationsAsCommaSeparatedValues) {
    EXPECT_EQ(registrations_csv_header(),
              "id,couponId,sequence,userId,nth,rank,registeredAt,status\r\n");
    EXPECT_EQ(write_registrations_csv({}), "");
    EXPECT_EQ(write_registrations_csv({registered(), a_registration().returned().registered()}),
              "42-1018,42,1018,alice,1,1017,2026-11-27T12:00:00.012345Z,active\r\n"
              "1-2,1,2,alice,1,1,2026-11-27T12:00:00.000000Z,returned\r\n");
}

TEST(WireWriting, AUserIdIsOneValueHoweverItIsSpelled) {
    const auto value_of = [](std::string_view user) {
        const std::string line = write_registrations_csv({a_registration().of(user).registered()});
        const std::string_view before = "1-2,1,2,";
        const std::string_view after = ",1,1,2026-11-27T12:00:00.000000Z,active\r\n";
        EXPECT_TRUE(line.starts_with(before) && line.ends_with(after)) << line;
        return line.substr(before.size(), line.size() - before.size() - after.size());
    };
    EXPECT_EQ(value_of("plain user"), "plain user");
    EXPECT_EQ(value_of("a,b"), R"("a,b")");
    EXPECT_EQ(value_of(R"(say "hi")"), R"("say ""hi""")");
    // A spreadsheet takes these for formulas; the mark in front makes them texts again.
    EXPECT_EQ(value_of("=1+1"), R"("'=1+1")");
    EXPECT_EQ(value_of("+49 30 1"), R"("'+49 30 1")");
    EXPECT_EQ(value_of("-1"), R"("'-1")");
    EXPECT_EQ(value_of("@SUM(A1)"), R"x("'@SUM(A1)")x");
    EXPECT_EQ(value_of(R"x(=LINK("x"))x"), R"x("'=LINK(""x"")")x");
    EXPECT_EQ(value_of("a=b"), "a=b");
}

}  // namespace
}  // namespace dibs::controller
