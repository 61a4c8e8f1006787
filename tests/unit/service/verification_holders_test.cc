// Goal: the audit finds each rule of who holds what broken (4 to 6), says which, and shows the
// row.
// Method: a small sound store made of vectors; each test breaks one thing in it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "service/verification_service.h"
#include "support/printing.h"
#include "unit/service/audited_books.h"

namespace dibs::service {
namespace {

using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::a_registration;
using test::noon;
using test::one_tick;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using namespace std::chrono_literals;

// Rule 4: registered coupons and `issued` events are one to one.

TEST(VerificationRules, FindsAnIssueThatNobodyIsRegisteredFor) {
    Books books = sound_books();
    books.registered.pop_back();
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "nobody is registered"));
}

TEST(VerificationRules, FindsARegistrationThatNoEventIssued) {
    Books books = sound_books();
    books.registered.push_back(a_registration().of("cid").sequence(4).rank(3).registered());
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "registration 1-4 of user cid"));
}

TEST(VerificationRules, FindsARegistrationWhereSomethingElseHappened) {
    Books books = sound_books();
    books.registered.insert(books.registered.begin(),
                            a_registration().of("cid").sequence(1).rank(1).registered());
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "stands where stocked +5"));
}

TEST(VerificationRules, FindsAPairThatDiffersInUserTimeOrRank) {
    Books user = sound_books();
    user.registered[0].user_id = test::user("eve");
    EXPECT_THAT(broken_rules(verdict_on(user)), ElementsAre(4));
    Books time = sound_books();
    time.registered[0].registered_at += one_tick;
    EXPECT_THAT(broken_rules(verdict_on(time)), ElementsAre(4));
    Books rank = sound_books();
    rank.registered[1].rank = 1;
    EXPECT_THAT(broken_rules(verdict_on(rank)), ElementsAre(4));
}

TEST(VerificationRules, FindsARegistrationAtAPlaceThatTwoShare) {
    Books books = sound_books();
    books.registered.push_back(a_registration().of("cid").sequence(3).rank(2).registered());
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(4));
}

TEST(VerificationRules, FindsRowsOfACouponThatDoesNotExist) {
    Books books = sound_books();
    books.terms_rows.clear();
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_THAT(broken_rules(verdict), ElementsAre(4, 6));
    EXPECT_EQ(verdict.name, "");
}

TEST(VerificationRules, FindsThatACouponIsGoneWhoseTermsAreThere) {
    Books books = sound_books();
    books.is_last_gone = true;
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "a coupon that does not exist"));
}

/// Ann's and Bob's, and one of Ann's that was taken back.
Books books_with_a_return() {
    Books books = sound_books();
    books.history_rows =
        test::stream(1).stocked(5).issued("ann").issued("bob").returned("ann").events();
    books.live = books.history_rows;
    books.registered[0].status = domain::RegistrationStatus::returned;
    return books;
}

TEST(VerificationRules, FindsAStatusThatSaysReturnedWhereNothingWasTakenBack) {
    Books books = sound_books();
    books.registered[1].status = domain::RegistrationStatus::returned;
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "1 registrations say that they were returned"));
}

TEST(VerificationRules, FindsAStatusThatSaysActiveThoughItWasTakenBack) {
    Books books = books_with_a_return();
    EXPECT_EQ(rows_of(verdict_on(books)), "");
    books.registered[0].status = domain::RegistrationStatus::active;
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "returned +1 at sequence 4"));
}

TEST(VerificationRules, FindsAStatusThatSaysReturnedInAnothersStead) {
    Books books = books_with_a_return();
    std::swap(books.registered[0].status, books.registered[1].status);
    EXPECT_THAT(verdict_on(books), BreaksOnly(4, "are not those of the events"));
}

TEST(VerificationRules, FindsAReturnBeforeTheIssue) {
    Books books = books_with_a_return();
    books.history_rows =
        test::stream(1).stocked(5).returned("ann").issued("ann").issued("bob").events();
    books.live = books.history_rows;
    for (auto& registered : books.registered) {
        registered.sequence = registered.sequence.next();
        registered.registered_at += 1s;
    }
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(4));
}

TEST(VerificationRules, FindsARegistrationOfACouponThatHasNothingElse) {
    Books books = sound_books();
    books.registered.push_back(a_registration().coupon(9).of("ann").registered());
    const auto verdicts = verdicts_on(books);
    ASSERT_THAT(verdicts, SizeIs(2));
    EXPECT_EQ(verdicts[0].violation_count, 0);
    EXPECT_EQ(verdicts[1].coupon_id, CouponId{9});
    EXPECT_THAT(broken_rules(verdicts[1]), ElementsAre(4));
}

// Rule 5: no user holds more than the limit per user.

TEST(VerificationRules, FindsAUserWhoHoldsMoreThanTheLimit) {
    Books books = sound_books();
    books.history_rows = test::stream(1).stocked(5).issued("ann").issued("ann").events();
    books.live = books.history_rows;
    books.registered[1] = a_registration().of("ann").sequence(3).nth(2).rank(2).registered();
    books.registered[1].registered_at = noon + 2s;
    EXPECT_THAT(verdict_on(books), BreaksOnly(5, "user ann holds 2, the limit is 1"));
    books.terms_rows[0].terms.limit_per_user = 2;
    EXPECT_EQ(rows_of(verdict_on(books)), "");
}

TEST(VerificationRules, FindsAUsersNthThatIsNot) {
    Books books = sound_books();
    books.registered[1].nth = 2;
    EXPECT_THAT(verdict_on(books), BreaksOnly(5, "nth 2, and is 1"));
}

TEST(VerificationRules, FindsAUsersSecondBeforeTheirFirst) {
    Books books = sound_books();
    books.terms_rows[0].terms.limit_per_user = 2;
    books.history_rows = test::stream(1).stocked(5).issued("ann").issued("ann").events();
    books.live = books.history_rows;
    books.registered[1].user_id = test::user("ann");
    books.registered[1].nth = 2;
    EXPECT_EQ(rows_of(verdict_on(books)), "");
    std::swap(books.registered[0].nth, books.registered[1].nth);
    EXPECT_THAT(verdict_on(books), BreaksOnly(5, "nth 2, and stands before the nth 1"));
}

TEST(VerificationRules, NamesTheOrderOfAUsersRegistrationsInTheRuleThatAsksForIt) {
    EXPECT_THAT(std::string(rule_text(5)), HasSubstr("first, second, … stand in this order"));
}

TEST(VerificationRules, CountsEachCouponOfAUserByItself) {
    Books books = sound_books();
    books.terms_rows.push_back({a_coupon().terms(2), Sequence{0}});
    add_events(books, test::stream(2).stocked(5).issued("ann"));
    books.registered.push_back(
        a_registration().coupon(2).of("ann").sequence(2).rank(1).registered());
    books.registered.back().registered_at = noon + 1s;
    for (const CouponVerdict& verdict : verdicts_on(books)) EXPECT_EQ(rows_of(verdict), "");
}

// Rule 6: every registration lies in the window that was in force.

TEST(VerificationRules, FindsARegistrationOutsideOfItsWindowByAMicrosecond) {
    Books books = sound_books();
    books.terms_rows[0].terms.from = noon + 1s;
    books.terms_rows[0].terms.to = noon + 2s;
    EXPECT_EQ(rows_of(verdict_on(books)), "") << "both ends belong to it";
    books.terms_rows[0].terms.from = noon + 1s + one_tick;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(6));
    EXPECT_THAT(rows_of(verdict_on(books)), HasSubstr("registration 1-2 of user ann"));
    books.terms_rows[0].terms.from = noon;
    books.terms_rows[0].terms.to = noon + 2s - one_tick;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(6));
    EXPECT_THAT(rows_of(verdict_on(books)), HasSubstr("registration 1-3 of user bob"));
}

TEST(VerificationRules, HoldsEachRegistrationAgainstTheTermsOfItsOwnTime) {
    Books books = sound_books();
    // After ann's, the window was moved to where neither would lie; then to where bob's does.
    auto moved = a_coupon().from(noon + 2s).to(noon + 3s).terms(1);
    books.terms_rows.push_back({moved, Sequence{2}});
    EXPECT_EQ(rows_of(verdict_on(books)), "");
    books.terms_rows[1].after = Sequence{1};
    EXPECT_THAT(verdict_on(books), BreaksOnly(6, "user ann"));
}

TEST(VerificationRules, FindsAnAnnouncementThatIsNotTheLastOfItsTerms) {
    Books books = sound_books();
    for (const auto& change : std::vector<std::function<void(domain::CouponTerms&)>>{
             [](auto& terms) { terms.to += test::one_tick; },
             [](auto& terms) { terms.from += test::one_tick; },
             [](auto& terms) { terms.limit_per_user = 2; },
             [](auto& terms) { terms.name = "Another"; }}) {
        books.announced = a_coupon().terms(1);
        change(*books.announced);
        EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(6));
    }
}

TEST(VerificationRules, FindsTermsThatAreNotInTheOrderOfTheStream) {
    Books books = sound_books();
    books.terms_rows.push_back({a_coupon().terms(1), Sequence{3}});
    books.terms_rows.push_back({a_coupon().terms(1), Sequence{3}});
    EXPECT_EQ(rows_of(verdict_on(books)), "") << "two at one place are in order";
    books.terms_rows[2].after = Sequence{2};
    EXPECT_THAT(verdict_on(books), BreaksOnly(6, "after sequence 2 stand behind those after 3"));
}

TEST(VerificationRules, FindsATimeThatNoCalendarHas) {
    Books books = sound_books();
    books.registered[0].registered_at = base::from_microseconds(1LL << 62);
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(4, 6));
    books = sound_books();
    books.terms_rows[0].terms.to = base::from_microseconds(-(1LL << 62));
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(6));
}

TEST(VerificationRules, FindsARegistrationFromBeforeAnyTerms) {
    Books books = sound_books();
    books.terms_rows[0].after = Sequence{2};
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(6));
}

}  // namespace
}  // namespace dibs::service
