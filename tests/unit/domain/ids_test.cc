// Goal: an id that is read is one that could have been written, in one spelling only.
// Method: tables of what is taken and what is refused, at the edges of each rule.

#include "domain/ids.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "support/printing.h"

namespace dibs::domain {
namespace {

TEST(UserId, IsPrintableAsciiOf1To128Bytes) {
    for (const std::string& text : {std::string("a"), std::string(" "), std::string("~"),
                                    std::string("alice@example.org"), std::string(128, 'x')}) {
        const auto parsed = UserId::parse(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(parsed->text(), text);
    }
    for (const std::string& text :
         {std::string(), std::string(129, 'x'), std::string("tab\t"), std::string("new\nline"),
          std::string("\x1F"), std::string("\x7F"), std::string("é"), std::string("\x80"),
          std::string("a\0b", 3), std::string("쿠폰")}) {
        EXPECT_FALSE(UserId::parse(text).has_value()) << text;
    }
}

TEST(UserId, IsComparedByEveryByte) {
    EXPECT_EQ(UserId::parse("alice"), UserId::parse("alice"));
    EXPECT_NE(UserId::parse("alice"), UserId::parse("Alice"));
    EXPECT_NE(UserId::parse("alice"), UserId::parse("alice "));
}

TEST(IdempotencyKey, IsPrintableAsciiOf1To64Bytes) {
    for (const std::string& text : {std::string("k"), std::string(64, 'k'), std::string("a b~")}) {
        const auto parsed = IdempotencyKey::parse(text);
        ASSERT_TRUE(parsed.has_value()) << text;
        EXPECT_EQ(parsed->text(), text);
    }
    for (const std::string& text :
         {std::string(), std::string(65, 'k'), std::string("\x1F"), std::string("\x7F"),
          std::string("ü"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(IdempotencyKey::parse(text).has_value()) << text;
    }
}

TEST(RegistrationId, IsReadAsItIsSpelled) {
    const RegistrationId id{CouponId{42}, Sequence{1018}};
    EXPECT_EQ(id.text(), "42-1018");
    for (const RegistrationId one : {id, RegistrationId{CouponId{1}, Sequence{1}},
                                     RegistrationId{CouponId{number_max}, Sequence{number_max}}}) {
        EXPECT_EQ(RegistrationId::parse(one.text()), one) << one.text();
    }
}

TEST(RegistrationId, HasNoOtherSpelling) {
    for (const char* text : {"",
                             "-",
                             "42",
                             "42-",
                             "-1018",
                             "42--1018",
                             "42-1018-",
                             "042-1018",
                             "42-01018",
                             "0-1",
                             "1-0",
                             "+42-1018",
                             "42-+1018",
                             " 42-1018",
                             "42-1018 ",
                             "42 -1018",
                             "42_1018",
                             "4a-1018",
                             "42-10x",
                             "0x2A-1018",
                             "42.0-1018",
                             "9007199254740992-1",
                             "1-9007199254740992",
                             "99999999999999999999-1"}) {
        EXPECT_FALSE(RegistrationId::parse(text).has_value()) << text;
    }
}

TEST(CouponId, IsAPositiveNumberThatEveryJsonReaderKeeps) {
    EXPECT_EQ(parse_coupon_id("1"), CouponId{1});
    EXPECT_EQ(parse_coupon_id("9007199254740991"), CouponId{number_max});
    for (const char* text : {"", "0", "-1", "+1", "01", " 1", "1 ", "1.0", "1e3", "one", "0x1",
                             "9007199254740992", "9223372036854775808", "１"}) {
        EXPECT_FALSE(parse_coupon_id(text).has_value()) << text;
    }
}

TEST(CouponId, CanBeLookedUp) {
    const std::unordered_set<CouponId> ids{CouponId{1}, CouponId{2}, CouponId{1}};
    EXPECT_EQ(ids.size(), 2U);
    EXPECT_TRUE(ids.contains(CouponId{2}));
}

TEST(Sequence, StartsBeforeTheFirstAndHasNoGap) {
    EXPECT_EQ(Sequence{}.next(), Sequence{1});
    EXPECT_EQ(Sequence{41}.next(), Sequence{42});
    EXPECT_LT(Sequence{2}, Sequence{10});
}

}  // namespace
}  // namespace dibs::domain
