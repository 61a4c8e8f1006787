// Goal: a group is decided coupon by coupon in the order of arrival, each request seeing what the
// earlier ones took, and what was decided is appended and nothing else.
// Method: books in memory that note every call, so that order and content can be read off.

#include "issuing/issue_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/builders.h"
#include "support/printing.h"

namespace dibs::issuing {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::IssueOutcome;
using domain::RegisteredCouponCreate;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::one_tick;
using testing::ElementsAre;
using testing::IsEmpty;

/// Books in memory. They note who was looked for, and what was appended.
class BooksInMemory final : public repository::Books {
public:
    struct Opened {
        std::int64_t coupon = 0;
        std::vector<std::string> users;
        bool operator==(const Opened&) const = default;
    };

    base::Result<repository::OpenCoupon> open(
        CouponId coupon_id, std::span<const domain::UserId* const> users) override {
        Opened noted{coupon_id.value, {}};
        for (const domain::UserId* user : users) noted.users.push_back(user->text());
        opened.push_back(noted);
        if (opening_fails) return base::Failure{FailureKind::unavailable, "ordered by the test"};
        repository::OpenCoupon found;
        const auto kept = coupons.find(coupon_id.value);
        if (kept == coupons.end()) return found;
        found.coupon = kept->second;
        for (const domain::RegisteredCoupon& one : held) {
            if (one.coupon_id == coupon_id) found.holdings.add(one);
        }
        return found;
    }
    base::Result<void> append(std::span<const RegisteredCouponCreate> creates) override {
        if (appending_fails) return base::Failure{FailureKind::refused, "ordered by the test"};
        appended.insert(appended.end(), creates.begin(), creates.end());
        ++append_count;
        return {};
    }
    base::Result<void> commit() override {
        ++commit_count;
        return {};
    }

    std::map<std::int64_t, domain::Coupon> coupons;
    std::vector<domain::RegisteredCoupon> held;
    bool opening_fails = false;
    bool appending_fails = false;

    std::vector<Opened> opened;
    std::vector<RegisteredCouponCreate> appended;
    int append_count = 0;
    int commit_count = 0;
};

PendingIssue ask(std::int64_t coupon, const Asking& asking) {
    return {.coupon_id = CouponId{coupon},
            .user_id = asking.user_id,
            .idempotency_key = asking.idempotency_key,
            .deadline = base::SteadyInstant::max(),
            .arrived_at = asking.arrived_at};
}

std::vector<IssueOutcome> outcomes_of(const std::vector<IssueResult>& results) {
    std::vector<IssueOutcome> outcomes;
    for (const IssueResult& result : results) outcomes.push_back(result.outcome);
    return outcomes;
}

std::vector<std::string> appended_users(const BooksInMemory& books) {
    std::vector<std::string> users;
    for (const RegisteredCouponCreate& create : books.appended) {
        users.push_back(create.user_id.text());
    }
    return users;
}

std::vector<IssueResult> decide(BooksInMemory& books, std::vector<PendingIssue> requests) {
    IssueGroup group(requests);
    must(group.decide(books));
    return group.take_results();
}

TEST(IssueGroup, DecidesCouponByCouponInTheOrderOfArrival) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(2).open(1));
    books.coupons.emplace(2, a_coupon().with_stock(1).open(2));
    const auto results =
        decide(books, {ask(2, Asking("ann")), ask(1, Asking("bob")), ask(2, Asking("cid")),
                       ask(1, Asking("dan")), ask(1, Asking("eve"))});
    EXPECT_THAT(outcomes_of(results),
                ElementsAre(IssueOutcome::issued, IssueOutcome::issued, IssueOutcome::sold_out,
                            IssueOutcome::issued, IssueOutcome::sold_out));
    EXPECT_THAT(appended_users(books), ElementsAre("bob", "dan", "ann"));
    EXPECT_EQ(books.append_count, 2);
    EXPECT_THAT(books.opened, ElementsAre(BooksInMemory::Opened{1, {"bob", "dan", "eve"}},
                                          BooksInMemory::Opened{2, {"ann", "cid"}}));
}

TEST(IssueGroup, LeavesTheCommitToOthers) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(1).open(1));
    static_cast<void>(decide(books, {ask(1, Asking("ann"))}));
    EXPECT_EQ(books.commit_count, 0);
}

TEST(IssueGroup, GivesWhatWasIssuedWithItsTerms) {
    BooksInMemory books;
    books.coupons.emplace(7, a_coupon().named("Lunch").with_stock(5).open(7));
    const auto results = decide(books, {ask(7, Asking("ann", "k-1", noon + one_tick))});
    ASSERT_EQ(results.size(), 1U);
    ASSERT_EQ(results[0].registered.size(), 1U);
    EXPECT_EQ(results[0].registered[0], domain::to_registered(books.appended.at(0)));
    EXPECT_EQ(results[0].registered[0].registered_at, noon + one_tick);
    EXPECT_EQ(results[0].registered[0].idempotency_key, test::key("k-1"));
    ASSERT_NE(results[0].terms, nullptr);
    EXPECT_EQ(results[0].terms->name, "Lunch");
}

TEST(IssueGroup, WhoAsksTwiceIsLookedForOnceAndSeesTheFirstOne) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(9).open(1));
    const auto results =
        decide(books, {ask(1, Asking("ann")), ask(1, Asking("bob")), ask(1, Asking("ann"))});
    EXPECT_THAT(outcomes_of(results), ElementsAre(IssueOutcome::issued, IssueOutcome::issued,
                                                  IssueOutcome::already_registered));
    EXPECT_THAT(books.opened, ElementsAre(BooksInMemory::Opened{1, {"ann", "bob"}}));
    EXPECT_EQ(results[2].registered, results[0].registered);
}

TEST(IssueGroup, TheSameKeyTwiceGetsTheSameOne) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().limit(5).with_stock(9).open(1));
    const auto results = decide(books, {ask(1, Asking("ann", "k-1")), ask(1, Asking("ann", "k-1")),
                                        ask(1, Asking("ann", "k-2"))});
    EXPECT_THAT(outcomes_of(results),
                ElementsAre(IssueOutcome::issued, IssueOutcome::replayed, IssueOutcome::issued));
    EXPECT_EQ(results[1].registered, results[0].registered);
    EXPECT_EQ(results[2].registered.at(0).nth, 2);
    EXPECT_EQ(books.appended.size(), 2U);
}

TEST(IssueGroup, TheSameKeyOfTwoUsersIsTwoKeys) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(9).open(1));
    const auto results =
        decide(books, {ask(1, Asking("ann", "k-1")), ask(1, Asking("bob", "k-1"))});
    EXPECT_THAT(outcomes_of(results), ElementsAre(IssueOutcome::issued, IssueOutcome::issued));
}

TEST(IssueGroup, NobodyGetsMoreThanTheLimitWithinOneGroup) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().limit(3).with_stock(9).open(1));
    books.held.push_back(test::a_registration().of("ann").nth(1).registered());
    std::vector<PendingIssue> requests;
    for (int i = 0; i < 4; ++i) requests.push_back(ask(1, Asking("ann")));
    const auto results = decide(books, requests);
    EXPECT_THAT(outcomes_of(results),
                ElementsAre(IssueOutcome::issued, IssueOutcome::issued,
                            IssueOutcome::already_registered, IssueOutcome::already_registered));
    EXPECT_EQ(books.appended.at(0).nth, 2);
    EXPECT_EQ(books.appended.at(1).nth, 3);
    EXPECT_EQ(results[3].registered.size(), 3U);
}

TEST(IssueGroup, AnUnknownCouponIsNotFoundAndHurtsNobody) {
    BooksInMemory books;
    books.coupons.emplace(2, a_coupon().with_stock(9).open(2));
    const auto results =
        decide(books, {ask(1, Asking("ann")), ask(2, Asking("bob")), ask(3, Asking("cid"))});
    EXPECT_THAT(outcomes_of(results),
                ElementsAre(IssueOutcome::coupon_not_found, IssueOutcome::issued,
                            IssueOutcome::coupon_not_found));
    EXPECT_EQ(results[0].terms, nullptr);
    EXPECT_THAT(results[0].registered, IsEmpty());
}

TEST(IssueGroup, HasIssuedOnlyWhatHasToBeKept) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(0).open(1));
    books.coupons.emplace(2, a_coupon().from(noon + one_tick).with_stock(1).open(2));
    std::vector<PendingIssue> requests{ask(1, Asking("ann")), ask(2, Asking("ann")),
                                       ask(3, Asking("ann"))};
    IssueGroup group(requests);
    must(group.decide(books));
    EXPECT_FALSE(group.must_commit());
    EXPECT_EQ(books.append_count, 0);
    EXPECT_THAT(group.sold_out(), ElementsAre(CouponId{1}));
    EXPECT_THAT(outcomes_of(group.take_results()),
                ElementsAre(IssueOutcome::sold_out, IssueOutcome::not_started,
                            IssueOutcome::coupon_not_found));
}

TEST(IssueGroup, NamesEachCouponThatSoldOutOnce) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(1).open(1));
    books.coupons.emplace(2, a_coupon().with_stock(9).open(2));
    std::vector<PendingIssue> requests{ask(1, Asking("ann")), ask(1, Asking("bob")),
                                       ask(1, Asking("cid")), ask(2, Asking("ann"))};
    IssueGroup group(requests);
    must(group.decide(books));
    EXPECT_TRUE(group.must_commit());
    EXPECT_THAT(group.sold_out(), ElementsAre(CouponId{1}));
}

TEST(IssueGroup, TheLastOneTakenSoldNobodyOutYet) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(1).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann"))};
    IssueGroup group(requests);
    must(group.decide(books));
    // Nobody was refused, so there is nothing yet that a latch would save.
    EXPECT_THAT(group.sold_out(), IsEmpty());
}

TEST(IssueGroup, RemembersWhatItWroteForEachRequest) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(1).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann")), ask(1, Asking("bob"))};
    IssueGroup group(requests);
    must(group.decide(books));
    ASSERT_TRUE(requests[0].attempted.has_value());
    EXPECT_EQ(requests[0].attempted->sequence, domain::Sequence{2});
    EXPECT_FALSE(requests[1].attempted.has_value());
}

TEST(IssueGroup, WhatAnEarlierAttemptWroteIsFoundAndNotWrittenAgain) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(5).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann")), ask(1, Asking("bob"))};
    IssueGroup first(requests);
    must(first.decide(books));

    // The commit was kept after all: the store has both rows, and two less to give.
    for (const RegisteredCouponCreate& create : books.appended) {
        books.held.push_back(domain::to_registered(create));
    }
    books.coupons.at(1) = domain::Coupon(books.coupons.at(1).shared_terms(),
                                         domain::Balance{domain::Sequence{3}, 3, 2});
    books.appended.clear();
    IssueGroup second(requests);
    must(second.decide(books));
    EXPECT_TRUE(second.must_commit()) << "nobody is told before it is as durable as a commit is";
    EXPECT_THAT(books.appended, IsEmpty());
    const auto results = second.take_results();
    EXPECT_THAT(outcomes_of(results), ElementsAre(IssueOutcome::issued, IssueOutcome::issued));
    EXPECT_EQ(results[0].registered, (std::vector{books.held[0]}));
    EXPECT_EQ(results[1].registered, (std::vector{books.held[1]}));
    EXPECT_NE(results[0].terms, nullptr);
}

/// What a request is left with that came with an attempt at the second place of the stream, and was
/// decided on by books without it which have so much left, in a pass that failed: a sequence, or 0.
std::int64_t left_with(std::int64_t stock, IssueGroup::FailedPass failed) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(5).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann"))};
    must(IssueGroup(requests).decide(books));
    books.coupons.at(1) = domain::Coupon(books.coupons.at(1).shared_terms(),
                                         domain::Balance{domain::Sequence{7}, stock, 0});
    IssueGroup second(requests);
    must(second.decide(books));
    second.leave_attempts(failed);
    return requests[0].attempted ? requests[0].attempted->sequence.value : 0;
}

TEST(IssueGroup, LeavesEachWithTheAttemptThatMayHaveBeenKept) {
    constexpr std::int64_t first = 2;
    constexpr std::int64_t second = 8;
    // Where others write, a look that was not committed proves nothing.
    EXPECT_EQ(left_with(5, {.is_in_doubt = false, .is_look_enough = false}), first);
    EXPECT_EQ(left_with(5, {.is_in_doubt = true, .is_look_enough = false}), second);
    EXPECT_EQ(left_with(0, {.is_in_doubt = false, .is_look_enough = false}), first);
    EXPECT_EQ(left_with(0, {.is_in_doubt = true, .is_look_enough = false}), first);
    // Where nobody does, it was not there.
    EXPECT_EQ(left_with(5, {.is_in_doubt = false, .is_look_enough = true}), 0);
    EXPECT_EQ(left_with(5, {.is_in_doubt = true, .is_look_enough = true}), second);
    EXPECT_EQ(left_with(0, {.is_in_doubt = false, .is_look_enough = true}), 0);
    EXPECT_EQ(left_with(0, {.is_in_doubt = true, .is_look_enough = true}), 0);
}

TEST(IssueGroup, SaysWhetherSomebodyIsToldWhatTheStoreHasOfTheirs) {
    const auto tells_for = [](const Asking& asking, std::int64_t stock) {
        BooksInMemory books;
        books.coupons.emplace(1, a_coupon().with_stock(stock).open(1));
        books.held.push_back(test::a_registration().of("ann").with_key("k").registered());
        std::vector<PendingIssue> requests{ask(1, asking)};
        IssueGroup group(requests);
        must(group.decide(books));
        return group.tells_what_is_kept();
    };
    EXPECT_TRUE(tells_for(Asking("ann", "k"), 5)) << "a replay";
    EXPECT_TRUE(tells_for(Asking("ann"), 5)) << "already registered";
    EXPECT_FALSE(tells_for(Asking("bob"), 5)) << "issued, which is committed in any case";
    EXPECT_FALSE(tells_for(Asking("bob"), 0)) << "sold out";
}

TEST(IssueGroup, WhatStandsInThePlaceOfAnAttemptIsNotTakenForIt) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(5).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann"))};
    IssueGroup first(requests);
    must(first.decide(books));

    // The commit was lost, and ann's other request got the same place a moment later.
    domain::RegisteredCoupon other = domain::to_registered(books.appended.at(0));
    other.registered_at += one_tick;
    books.held.push_back(other);
    IssueGroup second(requests);
    must(second.decide(books));
    const auto results = second.take_results();
    EXPECT_THAT(outcomes_of(results), ElementsAre(IssueOutcome::already_registered));
    EXPECT_EQ(results[0].registered, (std::vector{other}));
}

TEST(IssueGroup, PassesOnWhatTheBooksFailWith) {
    BooksInMemory books;
    books.coupons.emplace(1, a_coupon().with_stock(5).open(1));
    std::vector<PendingIssue> requests{ask(1, Asking("ann"))};
    books.opening_fails = true;
    IssueGroup unopened(requests);
    EXPECT_EQ(kind_of(unopened.decide(books)), FailureKind::unavailable);
    books.opening_fails = false;
    books.appending_fails = true;
    IssueGroup refused(requests);
    EXPECT_EQ(kind_of(refused.decide(books)), FailureKind::refused);
}

}  // namespace
}  // namespace dibs::issuing
