// Goal: the audit finds each rule of the stock broken (1 to 3), says which, and shows the row.
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

using domain::Sequence;
using test::a_coupon;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using namespace std::chrono_literals;

// Rule 1: sum(inventory) = sum(history) = remaining >= 0.

TEST(VerificationRules, FindsAnInventoryThatSumsToSomethingElse) {
    Books books = sound_books();
    books.live = test::stream(1).cumulative(3, 4, 2).events();  // One too many.
    EXPECT_THAT(verdict_on(books), BreaksOnly(1, "inventory sums to 4"));
}

TEST(VerificationRules, FindsALineThatSaysAnotherSumThanItsAmountsGive) {
    Books books = sound_books();
    books.history_rows[1].stock_after = 3;
    EXPECT_THAT(verdict_on(books), BreaksOnly(1, "issued -1 at sequence 2"));
}

TEST(VerificationRules, FindsALineThatSaysAnotherCountOfTheIssued) {
    Books books = sound_books();
    books.history_rows[0].issued_after = 1;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1));
}

TEST(VerificationRules, FindsALastLiveLineThatSaysAnotherRemainder) {
    Books books = sound_books();
    books.live.back().stock_after = 2;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1));
}

TEST(VerificationRules, FindsAnInventoryThatIsGone) {
    Books books = sound_books();
    books.live.clear();
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1, 2));
}

TEST(VerificationRules, FindsALiveLineThatHistoryHasOtherwise) {
    const auto with = [](const std::function<void(domain::CouponInventory&)>& change) {
        Books books = sound_books();
        change(books.live[1]);
        return broken_rules(verdict_on(books));
    };
    EXPECT_THAT(with([](auto& live) { live.reason = "another"; }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.user_id = test::user("eve"); }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.created_at += test::one_tick; }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.kind = domain::InventoryKind::adjusted; }),
                ElementsAre(1));
    EXPECT_THAT(with([](auto&) {}), IsEmpty());
}

TEST(VerificationRules, FindsACumulativeLineThatHistoryDoesNotComeTo) {
    const auto with = [](const std::function<void(domain::CouponInventory&)>& change) {
        Books books = sound_books();
        books.live = test::stream(1).at(test::noon + 1s).cumulative(2, 4, 1).issued("bob").events();
        change(books.live[0]);
        return broken_rules(verdict_on(books));
    };
    EXPECT_THAT(with([](auto&) {}), IsEmpty());
    EXPECT_THAT(with([](auto& live) { live.stock_after = 5; }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.issued_after = 2; }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.amount = 5; }), ElementsAre(1));
    EXPECT_THAT(with([](auto& live) { live.created_at += test::one_tick; }), ElementsAre(1));
}

TEST(VerificationRules, FindsAmountsWhoseSumNoNumberHolds) {
    const auto with = [](std::int64_t amount, std::int64_t stock_after) {
        Books books = sound_books();
        for (auto* const events : {&books.history_rows, &books.live}) {
            events->front().amount = events->front().stock_after = domain::sum_max;
            (*events)[1].kind = domain::InventoryKind::adjusted;
            (*events)[1].amount = amount;
            (*events)[1].stock_after = stock_after;
        }
        return verdict_on(books);
    };
    for (const std::int64_t stock_after : {domain::sum_max, -domain::sum_max - 1, -2L, 0L}) {
        const CouponVerdict verdict = with(domain::sum_max, stock_after);
        EXPECT_THAT(broken_rules(verdict), testing::Contains(1));
        EXPECT_THAT(rows_of(verdict), HasSubstr("sums to more than any number holds"));
        EXPECT_THAT(rows_of(verdict), HasSubstr("at sequence 2 (stock after"));
    }
    EXPECT_THAT(broken_rules(with(-domain::sum_max - 1, -1)), testing::IsSupersetOf({1, 3}));
}

TEST(VerificationRules, FindsASequenceThatHasNoNextOne) {
    Books books = sound_books();
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    books.history_rows[1].sequence = books.history_rows[2].sequence = Sequence{largest};
    books.live = books.history_rows;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1, 2, 4));
}

// Rule 2: history's sequences are 1..head with no gap, and inventory's head is history's head.

TEST(VerificationRules, FindsAGapInTheHistory) {
    Books books = sound_books();
    books.history_rows[1].sequence = Sequence{3};
    books.history_rows[2].sequence = Sequence{4};
    books.live = test::stream(1).at(test::noon + 2s).cumulative(4, 3, 2).events();
    books.registered[0].sequence = Sequence{3};
    books.registered[1].sequence = Sequence{4};
    EXPECT_THAT(verdict_on(books), BreaksOnly(2, "at sequence 3"));
}

TEST(VerificationRules, FindsAHistoryThatDoesNotBeginAtOne) {
    Books books;
    books.terms_rows = {{a_coupon().terms(1), Sequence{0}}};
    books.history_rows = test::stream(1).stocked(5).events();
    books.history_rows[0].sequence = Sequence{2};
    books.live = books.history_rows;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(2));
}

TEST(VerificationRules, FindsAPlaceThatIsTakenTwice) {
    Books books;
    books.terms_rows = {{a_coupon().terms(1), Sequence{0}}};
    books.history_rows = test::stream(1).stocked(5).stocked(5).events();
    books.history_rows[1].sequence = Sequence{1};
    books.live = test::stream(1).cumulative(1, 10, 0).events();
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1, 2)) << "it can only be one of them";
}

TEST(VerificationRules, FindsAnInventoryWhoseHeadIsBehind) {
    Books books = sound_books();
    books.live.pop_back();
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_THAT(broken_rules(verdict), ElementsAre(1, 2));
    EXPECT_THAT(rows_of(verdict), HasSubstr("inventory's head is 2, history's is 3"));
}

TEST(VerificationRules, FindsAGapInTheInventory) {
    Books books = sound_books();
    books.live.erase(books.live.begin() + 1);
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1, 2));
}

// Rule 3: the running sum of history is never below zero.

TEST(VerificationRules, FindsAStockThatWasBelowZeroForAMoment) {
    Books books;
    books.terms_rows = {{a_coupon().terms(1), Sequence{0}}};
    books.history_rows = test::stream(1).stocked(1).adjusted(-2).stocked(5).events();
    books.live = books.history_rows;
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_THAT(broken_rules(verdict), ElementsAre(3));
    EXPECT_THAT(rows_of(verdict),
                AllOf(HasSubstr("adjusted -2 at sequence 2"), HasSubstr("to -1")));
}

TEST(VerificationRules, FindsAnOversoldCoupon) {
    Books books = sound_books();
    books.history_rows = test::stream(1).stocked(1).issued("ann").issued("bob").events();
    books.live = books.history_rows;
    EXPECT_THAT(broken_rules(verdict_on(books)), ElementsAre(1, 3));
}

}  // namespace
}  // namespace dibs::service
