// Goal: nothing becomes a coupon that an operator did not mean. Method: each field at both of its
// edges, and which field is named.

#include "domain/coupon_create.h"

#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

using test::a_coupon;
using test::noon;
using test::one_tick;

std::string invalid_field_of(const test::CouponBuilder& coupon) {
    const auto invalid = find_invalid(coupon.create());
    if (!invalid) return "";
    EXPECT_FALSE(invalid->expected.empty());
    return invalid->field;
}

TEST(CouponCreate, TakesEveryFieldToItsEdges) {
    EXPECT_EQ(invalid_field_of(a_coupon()), "");
    EXPECT_EQ(invalid_field_of(a_coupon().named("x")), "");
    EXPECT_EQ(invalid_field_of(a_coupon().named(std::string(200, 'x'))), "");
    EXPECT_EQ(invalid_field_of(a_coupon().named("쿠폰 🎟")), "");
    EXPECT_EQ(invalid_field_of(a_coupon().described(std::string(4'000, 'x'))), "");
    EXPECT_EQ(invalid_field_of(a_coupon().described("two\nlines")), "");
    EXPECT_EQ(invalid_field_of(a_coupon().from(noon).to(noon)), "");
    EXPECT_EQ(invalid_field_of(a_coupon().limit(1'000)), "");
    EXPECT_EQ(invalid_field_of(a_coupon().with_stock(0)), "");
    EXPECT_EQ(invalid_field_of(a_coupon().with_stock(number_max)), "");
}

TEST(CouponCreate, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(invalid_field_of(a_coupon().named("")), "name");
    EXPECT_EQ(invalid_field_of(a_coupon().named(std::string(201, 'x'))), "name");
    EXPECT_EQ(invalid_field_of(a_coupon().named("two\nlines")), "name");
    EXPECT_EQ(invalid_field_of(a_coupon().named("\x7F")), "name");
    EXPECT_EQ(invalid_field_of(a_coupon().named(std::string("a\0b", 3))), "name");
    EXPECT_EQ(invalid_field_of(a_coupon().described(std::string(4'001, 'x'))), "description");
    EXPECT_EQ(invalid_field_of(a_coupon().from(noon).to(noon - one_tick)), "to");
    EXPECT_EQ(invalid_field_of(a_coupon().limit(0)), "limitPerUser");
    EXPECT_EQ(invalid_field_of(a_coupon().limit(-1)), "limitPerUser");
    EXPECT_EQ(invalid_field_of(a_coupon().limit(1'001)), "limitPerUser");
    EXPECT_EQ(invalid_field_of(a_coupon().with_stock(-1)), "stock");
    EXPECT_EQ(invalid_field_of(a_coupon().with_stock(number_max + 1)), "stock");
}

TEST(CouponCreate, IsAnnouncedAsItWasAskedFor) {
    const auto coupon = a_coupon().named("Tea").described("green").limit(3);
    CouponTerms expected = coupon.terms(42);
    expected.created_at = noon - one_tick;
    EXPECT_EQ(announced(CouponId{42}, coupon.create(), noon - one_tick), expected);
}

TEST(CouponPatch, ChangesWhatItNamesAndKeepsTheRest) {
    const CouponTerms terms = a_coupon().named("Tea").described("green").limit(3).terms(42);
    EXPECT_EQ(patched(terms, {}), terms);

    CouponTerms expected = terms;
    expected.name = "Coffee";
    expected.to = noon + one_tick;
    CouponPatch patch;
    patch.name = "Coffee";
    patch.to = noon + one_tick;
    EXPECT_EQ(patched(terms, patch), expected);

    expected = terms;
    expected.description = "";
    expected.from = noon - one_tick;
    patch = {};
    patch.description = "";
    patch.from = noon - one_tick;
    EXPECT_EQ(patched(terms, patch), expected);
}

TEST(CouponPatch, CanMakeTermsThatAreNone) {
    CouponPatch patch;
    patch.to = noon - one_tick;
    const auto invalid = find_invalid(patched(a_coupon().terms(), patch));
    ASSERT_TRUE(invalid.has_value());
    EXPECT_EQ(invalid->field, "to");
}

}  // namespace
}  // namespace dibs::domain
