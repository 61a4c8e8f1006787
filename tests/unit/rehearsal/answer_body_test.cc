// Goal: bodies are read by what the specification says of them, and nothing else passes for one.
// Method: a good one of each, and each member missing or wrong.

#include "rehearsal/answer_body.h"

#include <gtest/gtest.h>

namespace dibs::rehearsal {
namespace {

const std::string registration =
    R"({"id":"42-1018","couponId":42,"rank":1017,"registeredAt":"2026-11-27T03:00:00.012345Z",)"
    R"("status":"active","coupon":{"id":7,"rank":1,"name":"Black Friday"}})";

std::string without(const std::string& part, const std::string& with = "") {
    std::string changed = registration;
    const std::size_t at = changed.find(part);
    EXPECT_NE(at, std::string::npos);
    return changed.replace(at, part.size(), with);
}

TEST(Registration, IsReadFromTheTopOfTheBody) {
    const auto read = read_registration(registration);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->id, "42-1018");
    EXPECT_EQ(read->coupon_id, 42);
    EXPECT_EQ(read->rank, 1017);
    EXPECT_EQ(base::to_rfc3339(read->registered_at), "2026-11-27T03:00:00.012345Z");
}

TEST(Registration, NeedsEachMemberInItsForm) {
    for (const std::string& body :
         {without(R"("id":"42-1018",)"), without(R"("couponId":42,)"), without(R"("rank":1017,)"),
          without(R"("registeredAt":"2026-11-27T03:00:00.012345Z",)"), without("1017", "\"1017\""),
          without("1017", "1017.5"), without("42-1018", "41-1018"), without("42-1018", "42-"),
          without("42-1018", "421018"), without("2026-11-27T03", "yesterday"), std::string("null"),
          std::string("[]"), std::string(), registration + "x", registration.substr(0, 100)}) {
        EXPECT_EQ(read_registration(body), std::nullopt) << body;
    }
}

TEST(Registration, EndsItsIdWithItsPlaceInTheStream) {
    EXPECT_EQ(sequence_of("42-1018"), 1018);
    EXPECT_EQ(sequence_of("42"), std::nullopt);
    EXPECT_EQ(sequence_of("42-x"), std::nullopt);
}

TEST(Problem, HasACode) {
    EXPECT_EQ(read_problem_code(R"({"status":400,"code":"coupon-sold-out"})"), "coupon-sold-out");
    EXPECT_EQ(read_problem_code(R"({"status":400})"), "");
    EXPECT_EQ(read_problem_code(R"({"code":7})"), "");
    EXPECT_EQ(read_problem_code("<html>"), "");
}

TEST(Listing, IsReadPageByPage) {
    const auto page = read_listing(R"({"items":[)" + registration + R"(],"next":"abc"})");
    ASSERT_TRUE(page.is_ok());
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].registration.id, "42-1018");
    EXPECT_EQ(page->items[0].user, "");
    EXPECT_EQ(page->next, "abc");

    const auto last =
        read_listing(R"({"items":[)" + without("{", R"({"userId":"bob",)") + R"(],"next":null})");
    ASSERT_TRUE(last.is_ok());
    EXPECT_EQ(last->items[0].user, "bob");
    EXPECT_EQ(last->next, "");
}

TEST(Listing, IsRefusedIfAnyItemIsNoRegistration) {
    for (const std::string& body :
         {std::string(R"({"items":[1]})"), std::string(R"({"items":{}})"), std::string("{}"),
          R"({"items":[)" + registration + R"(,{}]})"}) {
        const auto page = read_listing(body);
        ASSERT_FALSE(page.is_ok()) << body;
        EXPECT_EQ(page.failure().kind, base::FailureKind::invalid);
    }
}

TEST(Stock, SaysHowManyAreLeftAndHowManyWereIssued) {
    const auto stock = read_stock(R"({"couponId":42,"at":"x","stock":3,"issued":97})");
    ASSERT_TRUE(stock.is_ok());
    EXPECT_EQ(stock->stock, 3);
    EXPECT_EQ(stock->issued, 97);
    EXPECT_FALSE(read_stock(R"({"stock":3})").is_ok());
    EXPECT_FALSE(read_stock("3").is_ok());
}

}  // namespace
}  // namespace dibs::rehearsal
