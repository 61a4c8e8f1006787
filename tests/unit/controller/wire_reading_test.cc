// Goal: what a body asks for is taken exactly, and of a body that is wrong the field is named.
// Method: whole bodies, then one thing wrong at a time; what JSON readers disagree about
// (duplicates, large numbers, depth, bytes that are no UTF-8) is refused.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "controller/wire_format.h"
#include "support/moments.h"

namespace dibs::controller {
namespace {

using domain::InventoryKind;
using test::noon;

using namespace std::chrono_literals;

const std::string whole_coupon =
    R"({"name":"Lunch","description":"Soup.","from":"2026-11-27T12:00:00Z",)"
    R"("to":"2026-11-28T12:00:00Z","limitPerUser":3,"stock":1000})";

/// The body of a coupon with one member replaced by other text; empty text leaves it out.
std::string coupon_with(const std::string& name, const std::string& text) {
    std::string body = "{";
    for (const auto& [member, value] :
         {std::pair("name", R"("Lunch")"), std::pair("description", R"("Soup.")"),
          std::pair("from", R"("2026-11-27T12:00:00Z")"),
          std::pair("to", R"("2026-11-28T12:00:00Z")"), std::pair("limitPerUser", "3"),
          std::pair("stock", "1000")}) {
        const std::string shown = member == name ? text : value;
        if (shown.empty()) continue;
        if (body.size() > 1) body += ',';
        body += fmt::format(R"("{}":{})", member, shown);
    }
    return body + "}";
}

/// The field that is wrong with this body; "nothing" if it is read.
template <typename T>
std::string wrong_field(const Read<T>& read) {
    return read ? "nothing" : read.error().field;
}

TEST(WireReading, TakesAWholeCoupon) {
    const auto create = read_coupon_create(whole_coupon);
    ASSERT_TRUE(create.has_value());
    EXPECT_EQ(create->name, "Lunch");
    EXPECT_EQ(create->description, "Soup.");
    EXPECT_EQ(create->from, noon);
    EXPECT_EQ(create->to, noon + 24h);
    EXPECT_EQ(create->limit_per_user, 3);
    EXPECT_EQ(create->stock, 1'000);
}

TEST(WireReading, FillsInWhatACouponNeedNotSay) {
    EXPECT_EQ(read_coupon_create(coupon_with("description", ""))->description, "");
    EXPECT_EQ(read_coupon_create(coupon_with("limitPerUser", ""))->limit_per_user, 1);
    EXPECT_EQ(read_coupon_create(coupon_with("description", "null"))->description, "");
}

TEST(WireReading, NamesTheMemberThatIsMissing) {
    for (const char* member : {"name", "from", "to", "stock"}) {
        EXPECT_EQ(wrong_field(read_coupon_create(coupon_with(member, ""))), member);
        EXPECT_EQ(wrong_field(read_coupon_create(coupon_with(member, "null"))), member);
    }
    EXPECT_EQ(wrong_field(read_coupon_create("{}")), "name");
    EXPECT_EQ(wrong_field(read_coupon_create("")), "name") << "no body is an empty object";
}

/// What is said of the field that is wrong.
template <typename T>
std::string expected_of(const Read<T>& read) {
    return read ? "nothing" : read.error().expected;
}

TEST(WireReading, SaysWhatAMissingMemberIs) {
    EXPECT_EQ(expected_of(read_coupon_create(coupon_with("name", ""))),
              "expected a text; it is missing");
    EXPECT_EQ(expected_of(read_coupon_create(coupon_with("to", ""))),
              "expected a time as RFC 3339 writes it, 2026-11-27T12:00:00Z; it is missing");
    EXPECT_EQ(expected_of(read_coupon_create(coupon_with("stock", "null"))),
              "expected a whole number from 0 to 9007199254740991; it is missing");
    EXPECT_EQ(expected_of(read_stock_change("{}")),
              "expected a whole number other than 0; it is missing");
}

TEST(WireReading, NamesWhatMayBeTheMissingMemberMisspelt) {
    const auto change = read_stock_change(R"({"amout":5,"reason":"restock"})");
    EXPECT_EQ(wrong_field(change), "amount");
    EXPECT_EQ(expected_of(change),
              "expected a whole number other than 0; it is missing, and amout is not known here");
    // Of one that is wrong in itself nothing else is said.
    EXPECT_EQ(expected_of(read_stock_change(R"({"amount":"5","more":1})")),
              "expected a whole number within ±9007199254740991");
}

TEST(WireReading, NamesTheDayThatNoCalendarHas) {
    EXPECT_EQ(
        expected_of(read_coupon_create(coupon_with("to", R"("2026-02-30T12:00:00Z")"))),
        "expected a time as RFC 3339 writes it, 2026-11-27T12:00:00Z; there is no 2026-02-30");
    EXPECT_EQ(
        expected_of(read_until(R"({"until":"2026-02-29"})")),
        "expected a time as RFC 3339 writes it, 2026-11-27T12:00:00Z; there is no 2026-02-29");
}

TEST(WireReading, NamesTheMemberThatIsOfAnotherType) {
    for (const char* member : {"name", "description"}) {
        for (const char* text : {"1", "true", "[]", "{}"}) {
            EXPECT_EQ(wrong_field(read_coupon_create(coupon_with(member, text))), member) << text;
        }
    }
    for (const char* member : {"from", "to"}) {
        for (const char* text : {"1", "true", R"("tomorrow")", R"("2026-11-27")", R"("")"}) {
            EXPECT_EQ(wrong_field(read_coupon_create(coupon_with(member, text))), member) << text;
        }
    }
    for (const char* member : {"limitPerUser", "stock"}) {
        for (const char* text : {R"("1")", "true", "[1]", "1.5", "-0.1", "1e-1"}) {
            EXPECT_EQ(wrong_field(read_coupon_create(coupon_with(member, text))), member) << text;
        }
    }
}

TEST(WireReading, TakesWholeNumbersWithin53BitsHoweverTheyAreWritten) {
    EXPECT_EQ(read_coupon_create(coupon_with("stock", "9007199254740991"))->stock,
              domain::number_max);
    EXPECT_EQ(read_coupon_create(coupon_with("stock", "-9007199254740991"))->stock,
              -domain::number_max);
    EXPECT_EQ(read_coupon_create(coupon_with("stock", "1e3"))->stock, 1'000);
    EXPECT_EQ(read_coupon_create(coupon_with("stock", "1000.0"))->stock, 1'000);
    EXPECT_EQ(read_coupon_create(coupon_with("stock", "-0"))->stock, 0);
}

TEST(WireReading, RefusesNumbersThatReadersDisagreeAbout) {
    for (const char* text :
         {"9007199254740992", "-9007199254740992", "9007199254740993.0", "9223372036854775807",
          "9223372036854775808", "18446744073709551616", "1e16", "1e400", "-1e400"}) {
        EXPECT_EQ(wrong_field(read_coupon_create(coupon_with("stock", text))), "stock") << text;
    }
}

TEST(WireReading, RefusesMembersThatItDoesNotKnow) {
    EXPECT_EQ(wrong_field(read_coupon_create(
                  R"({"name":"a","from":"2026-11-27T12:00:00Z","to":"2026-11-27T12:00:00Z",)"
                  R"("stock":1,"limitPeruser":2})")),
              "limitPeruser");
    EXPECT_EQ(wrong_field(read_coupon_patch(R"({"stock":5})")), "stock");
    EXPECT_EQ(wrong_field(read_coupon_patch(R"({"limitPerUser":5})")), "limitPerUser");
    EXPECT_EQ(wrong_field(read_stock_change(R"({"amount":5,"stock":5})")), "stock");
    EXPECT_EQ(wrong_field(read_reason(R"({"why":"so"})")), "why");
    EXPECT_EQ(wrong_field(read_until(R"({"from":null})")), "from");
    // Found by tests/fuzz: a refusal names something also where the member has no name.
    EXPECT_EQ(wrong_field(read_until(R"({"":1})")), "body");
}

TEST(WireReading, RefusesABodyThatIsNotOneSoundObject) {
    std::string deep = R"({"name":)";
    for (int level = 0; level < 10; ++level) deep += "[";
    for (int level = 0; level < 10; ++level) deep += "]";
    deep += "}";
    for (const std::string& body :
         {std::string("null"), std::string("[]"), std::string("1"), std::string(R"("name")"),
          std::string("{"), std::string("{}{}"), std::string("{} x"), std::string("name=Lunch"),
          std::string("{'name':'a'}"), std::string(R"({"name":"a",})"),
          std::string("{\"name\":\"a\xFF\"}"), std::string("{\"name\":\"a\xED\xA0\x80\"}"),
          std::string(R"({"name":"a","name":"b"})"), std::string("\xEF\xBB\xBF{}"),
          std::string(R"({"name":NaN})"), std::string("{\"name\":\"a\nb\"}"),
          std::string(R"({"name":"\ud800"})"), deep, std::string(5'000, '[')}) {
        EXPECT_EQ(wrong_field(read_coupon_create(body)), "body") << body.substr(0, 40);
    }
}

TEST(WireReading, KeepsNamesAsTheyAre) {
    EXPECT_EQ(read_coupon_create(coupon_with("name", R"("\"쿠폰\" 🎟 \u00e9\n")"))->name,
              "\"쿠폰\" 🎟 é\n");
}

TEST(WireReading, APatchSaysOnlyWhatItChanges) {
    const auto nothing = read_coupon_patch("{}");
    ASSERT_TRUE(nothing.has_value());
    EXPECT_FALSE(nothing->name || nothing->description || nothing->from || nothing->to);
    const auto name = read_coupon_patch(R"({"name":"Dinner"})");
    EXPECT_EQ(name->name, "Dinner");
    EXPECT_FALSE(name->description.has_value());
    const auto times =
        read_coupon_patch(R"({"from":"2026-11-27T21:00:00+09:00","to":"2026-11-28T12:00:00Z"})");
    EXPECT_EQ(times->from, noon);
    EXPECT_EQ(times->to, noon + 24h);
    EXPECT_EQ(read_coupon_patch(R"({"description":""})")->description, "") << "set to nothing";
    EXPECT_FALSE(read_coupon_patch(R"({"description":null})")->description.has_value());
}

TEST(WireReading, AStockChangeIsStockedOrAdjusted) {
    const auto more = read_stock_change(R"({"amount":500,"reason":"restock"})");
    EXPECT_EQ(more->kind, InventoryKind::stocked);
    EXPECT_EQ(more->amount, 500);
    EXPECT_EQ(more->reason, "restock");
    EXPECT_EQ(read_stock_change(R"({"amount":-5})")->kind, InventoryKind::adjusted);
    EXPECT_EQ(read_stock_change(R"({"amount":-5})")->reason, "");
    EXPECT_EQ(read_stock_change(R"({"amount":5,"kind":"adjusted"})")->kind,
              InventoryKind::adjusted);
    EXPECT_EQ(read_stock_change(R"({"amount":5,"kind":"stocked"})")->kind, InventoryKind::stocked);
}

TEST(WireReading, AStockChangeThatMakesNoSenseNamesWhy) {
    EXPECT_EQ(wrong_field(read_stock_change("")), "amount");
    EXPECT_EQ(wrong_field(read_stock_change(R"({"reason":"so"})")), "amount");
    EXPECT_EQ(wrong_field(read_stock_change(R"({"amount":0})")), "amount");
    EXPECT_EQ(wrong_field(read_stock_change(R"({"amount":-5,"kind":"stocked"})")), "kind");
    for (const char* kind : {"issued", "returned", "cumulative", "", "Stocked"}) {
        EXPECT_EQ(
            wrong_field(read_stock_change(fmt::format(R"({{"amount":5,"kind":"{}"}})", kind))),
            "kind")
            << kind;
    }
    EXPECT_EQ(wrong_field(read_stock_change(R"({"amount":5,"reason":7})")), "reason");
}

TEST(WireReading, AReasonHasAnEnd) {
    const auto body_of = [](std::size_t size) {
        return fmt::format(R"({{"amount":5,"reason":"{}"}})", std::string(size, 'x'));
    };
    EXPECT_EQ(wrong_field(read_stock_change(body_of(500))), "nothing");
    EXPECT_EQ(wrong_field(read_stock_change(body_of(501))), "reason");
    EXPECT_EQ(read_reason(R"({"reason":"by mistake"})"), "by mistake");
    EXPECT_EQ(read_reason(""), "");
    EXPECT_EQ(read_reason("{}"), "");
}

TEST(WireReading, ACompactionMaySayUntilWhen) {
    EXPECT_EQ(read_until("")->has_value(), false);
    EXPECT_EQ(read_until("{}")->has_value(), false);
    EXPECT_EQ(read_until(R"({"until":"2026-11-27T12:00:00Z"})").value(), noon);
    EXPECT_EQ(wrong_field(read_until(R"({"until":"noon"})")), "until");
}

TEST(WireReading, TellsTheFirstOfSeveralThingsThatAreWrong) {
    EXPECT_EQ(wrong_field(read_coupon_create(R"({"name":1,"from":2,"more":3})")), "name");
}

}  // namespace
}  // namespace dibs::controller
