// Goal: holdings tell of each user what that user holds, and nothing else. Method: a few users with
// names that are nearly the same.

#include "domain/registered_coupon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/issue_outcome.h"
#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

using test::a_registration;
using test::noon;
using test::user;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Holdings, KnowNothingOfWhomNothingWasAdded) {
    Holdings holdings;
    EXPECT_THAT(holdings.of(user("alice")), IsEmpty());
    holdings.add(a_registration().of("alice").registered());
    EXPECT_THAT(holdings.of(user("Alice")), IsEmpty());
    EXPECT_THAT(holdings.of(user("alice ")), IsEmpty());
}

TEST(Holdings, KeepEachUsersOwnInTheOrderInWhichTheyWereAdded) {
    const auto second = a_registration().of("alice").nth(2).sequence(9).registered();
    const auto of_bob = a_registration().of("bob").sequence(5).registered();
    const auto first = a_registration().of("alice").nth(1).returned().registered();
    Holdings holdings;
    for (const auto& one : {second, of_bob, first}) holdings.add(one);
    EXPECT_THAT(holdings.of(user("alice")), ElementsAre(second, first));
    EXPECT_THAT(holdings.of(user("bob")), ElementsAre(of_bob));
}

TEST(RegisteredCoupon, IsWhatWasDecidedAndActive) {
    const RegisteredCouponCreate create{.coupon_id = CouponId{42},
                                        .sequence = Sequence{17},
                                        .user_id = user("alice"),
                                        .nth = 2,
                                        .rank = 9,
                                        .stock_after = 3,
                                        .idempotency_key = test::key("k"),
                                        .registered_at = noon};
    const auto expected = a_registration()
                              .of("alice")
                              .coupon(42)
                              .sequence(17)
                              .nth(2)
                              .rank(9)
                              .with_key("k")
                              .registered();
    EXPECT_EQ(to_registered(create), expected);
    EXPECT_EQ(to_registered(create).id().text(), "42-17");
}

TEST(RegistrationStatus, IsReadByTheNameThatItIsWrittenWith) {
    for (const auto& [status, name] : {std::pair{RegistrationStatus::active, "active"},
                                       {RegistrationStatus::returned, "returned"}}) {
        EXPECT_EQ(name_of(status), name);
        EXPECT_EQ(parse_registration_status(name), status);
    }
    for (const char* name : {"", "Active", "actives", "unknown"}) {
        EXPECT_FALSE(parse_registration_status(name).has_value()) << name;
    }
}

TEST(IssueOutcome, EveryOneHasANameOfItsOwn) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < issue_outcome_count; ++i) {
        names.push_back(name_of(static_cast<IssueOutcome>(i)));
    }
    EXPECT_THAT(names,
                ElementsAre("coupon-not-found", "replayed", "coupon-already-registered",
                            "coupon-sold-out", "coupon-not-started", "coupon-ended", "issued"));
    EXPECT_EQ(static_cast<std::size_t>(IssueOutcome::issued) + 1, issue_outcome_count);
}

}  // namespace
}  // namespace dibs::domain
