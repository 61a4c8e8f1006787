// Goal: what is asked for is checked before anything is kept, somebody who asks is either answered
// at once or stands in the line, and whatever adds to a stock opens the latch. Method: the service
// over a real store with faults to order, with nobody at the line's other end.

#include "service/coupon_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "support/collecting_desk.h"
#include "support/faulty_store.h"
#include "support/manual_clock.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::InventoryKind;
using domain::IssueOutcome;
using repository::StockChange;
using repository::TakeBack;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::StoreStep;
using test::user;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

class CouponServiceTest : public testing::Test {
protected:
    [[nodiscard]] std::optional<base::Result<issuing::IssueResult>> issue(CouponId coupon,
                                                                          const Asking& asking) {
        return service_.issue({.coupon_id = coupon,
                               .user_id = asking.user_id,
                               .idempotency_key = asking.idempotency_key,
                               .deadline = base::SteadyInstant::max(),
                               .desk = &desk_,
                               .ticket = 1});
    }

    [[nodiscard]] CouponId offer(const test::CouponBuilder& coupon) {
        return must(service_.create(coupon.create())).coupon.value().terms().id;
    }

    /// A coupon that ann was issued and nobody else can be, with its latch closed.
    [[nodiscard]] CouponId closed_coupon() {
        const CouponId coupon = offer(a_coupon().with_stock(1));
        test::RepositoryShop(store_->behind().coupons()).ask(coupon, Asking("ann"));
        latch_.close_soon(coupon, latch_.generation());
        std::promise<void> done;
        base::ensure(workers_.submit([&done] { done.set_value(); }), "a test's workers have room");
        done.get_future().wait();
        base::ensure(latch_.closed_count() == 1, "the latch was closed");
        return coupon;
    }

    [[nodiscard]] test::StoreFaults& faults() { return store_->faults(); }

    test::TemporaryDirectory directory_;
    test::ManualClock clock_;
    std::unique_ptr<test::FaultyStore> store_ = test::open_faulty_store(directory_.file("dibs.db"));
    base::Workers workers_{"office", 1, 10};
    issuing::SoldOutLatch latch_{store_->coupons(), workers_};
    issuing::WaitingLine line_{2, clock_};
    test::CollectingDesk desk_;
    CouponService service_{*store_, line_, latch_, clock_};
};

// Asking.

TEST_F(CouponServiceTest, WhoAsksStandsInTheLine) {
    const CouponId coupon = offer(a_coupon().with_stock(1));
    EXPECT_FALSE(issue(coupon, Asking("ann", "k-1")).has_value());
    auto taken = line_.take(10);
    ASSERT_THAT(taken, SizeIs(1));
    const issuing::PendingIssue& request = taken.requests().front();
    EXPECT_EQ(request.coupon_id, coupon);
    EXPECT_EQ(request.user_id, user("ann"));
    EXPECT_EQ(request.idempotency_key, test::key("k-1"));
    EXPECT_EQ(request.desk, &desk_);
    EXPECT_EQ(request.ticket, 1U);
}

TEST_F(CouponServiceTest, AFullLineIsSaidAtOnce) {
    const CouponId coupon = offer(a_coupon().with_stock(9));
    EXPECT_FALSE(issue(coupon, Asking("ann")).has_value());
    EXPECT_FALSE(issue(coupon, Asking("bob")).has_value());
    const auto answer = issue(coupon, Asking("cid"));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(kind_of(*answer), FailureKind::overloaded);
    EXPECT_EQ(line_.length(), 2U);
}

TEST_F(CouponServiceTest, AClosedLineIsSaidAtOnce) {
    const CouponId coupon = offer(a_coupon().with_stock(9));
    line_.close();
    const auto answer = issue(coupon, Asking("ann"));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(kind_of(*answer), FailureKind::stopping);
}

TEST_F(CouponServiceTest, ASoldOutCouponIsSaidAtOnceToWhoHoldsNone) {
    const CouponId coupon = closed_coupon();
    const auto answer = issue(coupon, Asking("bob"));
    ASSERT_TRUE(answer.has_value());
    ASSERT_TRUE(answer->is_ok());
    EXPECT_EQ((*answer)->outcome, IssueOutcome::sold_out);
    EXPECT_THAT((*answer)->registered, IsEmpty());
    EXPECT_EQ(line_.length(), 0U);
    EXPECT_FALSE(issue(coupon, Asking("ann")).has_value()) << "a holder's is another answer";
    EXPECT_EQ(line_.length(), 1U);
}

// Whatever adds to a stock opens the latch, also where it is not known whether it did.

struct Opening {
    const char* name;
    StoreStep step;
    std::function<void(CouponService&, CouponId)> act;
};

class OpensTheLatch : public CouponServiceTest, public testing::WithParamInterface<Opening> {};

TEST_P(OpensTheLatch, WhenItWasKept) {
    const CouponId coupon = closed_coupon();
    GetParam().act(service_, coupon);
    EXPECT_FALSE(issue(coupon, Asking("bob")).has_value());
}

TEST_P(OpensTheLatch, WhenItIsInDoubtAndWasKept) {
    const CouponId coupon = closed_coupon();
    faults().do_and_fail_next(GetParam().step, FailureKind::in_doubt);
    GetParam().act(service_, coupon);
    EXPECT_FALSE(issue(coupon, Asking("bob")).has_value());
}

TEST_P(OpensTheLatch, WhenItIsInDoubtAndWasLost) {
    const CouponId coupon = closed_coupon();
    faults().fail_next(GetParam().step, FailureKind::in_doubt);
    GetParam().act(service_, coupon);
    EXPECT_FALSE(issue(coupon, Asking("bob")).has_value());
}

// What is on the shelf can be seen there before the operator has an answer.
TEST_P(OpensTheLatch, BeforeItIsWrittenAndUntilItIsKnown) {
    const CouponId coupon = closed_coupon();
    faults().hold(GetParam().step);
    auto acting = std::async(std::launch::async, [&] { GetParam().act(service_, coupon); });
    faults().wait_until_held(GetParam().step);
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    // Somebody is refused now, rightly, and wants it closed.
    latch_.close_soon(coupon, latch_.generation());
    std::promise<void> done;
    ASSERT_TRUE(workers_.submit([&done] { done.set_value(); }));
    done.get_future().wait();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    faults().let_go(GetParam().step);
    acting.get();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
}

INSTANTIATE_TEST_SUITE_P(
    ByEveryWay, OpensTheLatch,
    testing::Values(
        Opening{"ChangeOfStock", StoreStep::change_stock,
                [](CouponService& service, CouponId coupon) {
                    static_cast<void>(
                        service.change_stock(coupon, InventoryKind::stocked, 1, "").is_ok());
                }},
        Opening{"TakeBack", StoreStep::take_back,
                [](CouponService& service, CouponId coupon) {
                    static_cast<void>(service.take_back({coupon, domain::Sequence{2}}, "").is_ok());
                }}),
    [](const testing::TestParamInfo<Opening>& tested) { return std::string(tested.param.name); });

// Offering.

TEST_F(CouponServiceTest, CreatesACouponWithItsStock) {
    const auto edit = must(service_.create(a_coupon().named("Lunch").with_stock(7).create()));
    ASSERT_TRUE(edit.coupon.has_value());
    EXPECT_FALSE(edit.invalid.has_value());
    EXPECT_EQ(edit.coupon->terms().created_at, noon);
    const auto found = must(service_.find(edit.coupon->terms().id));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->terms().name, "Lunch");
    EXPECT_EQ(found->balance().stock, 7);
}

TEST_F(CouponServiceTest, RefusesWhatIsNoCouponBeforeTheStoreHearsOfIt) {
    const auto edit = must(service_.create(a_coupon().named("").create()));
    EXPECT_FALSE(edit.coupon.has_value());
    ASSERT_TRUE(edit.invalid.has_value());
    EXPECT_EQ(edit.invalid->field, "name");
    EXPECT_EQ(faults().calls(StoreStep::create), 0);
    EXPECT_EQ(must(service_.create(a_coupon().from(noon).to(noon - 1us).create())).invalid->field,
              "to");
    EXPECT_EQ(must(service_.create(a_coupon().limit(0).create())).invalid->field, "limitPerUser");
    EXPECT_EQ(must(service_.create(a_coupon().with_stock(-1).create())).invalid->field, "stock");
    EXPECT_THAT(must(service_.list(CouponId{0}, 10)).rows, IsEmpty());
}

TEST_F(CouponServiceTest, ChangesTheTermsThatItIsGiven) {
    const CouponId coupon = offer(a_coupon().named("Lunch").described("Soup."));
    domain::CouponPatch patch;
    patch.name = "Dinner";
    const auto edit = must(service_.patch(coupon, patch));
    ASSERT_TRUE(edit.coupon.has_value());
    EXPECT_EQ(edit.coupon->terms().name, "Dinner");
    EXPECT_EQ(edit.coupon->terms().description, "Soup.");
}

TEST_F(CouponServiceTest, RefusesTermsThatWouldContradictEachOther) {
    const CouponId coupon = offer(a_coupon().named("Lunch").from(noon).to(noon + 1h));
    domain::CouponPatch patch;
    patch.name = "Dinner";
    patch.from = noon + 2h;  // Sound by itself, but after the end that stays.
    const auto edit = must(service_.patch(coupon, patch));
    EXPECT_FALSE(edit.coupon.has_value());
    ASSERT_TRUE(edit.invalid.has_value());
    EXPECT_EQ(edit.invalid->field, "to");
    EXPECT_EQ(must(service_.find(coupon))->terms().name, "Lunch") << "nothing was written";
}

TEST_F(CouponServiceTest, ChangingACouponThatIsNotThereGivesNeither) {
    const auto edit = must(service_.patch(CouponId{999}, {}));
    EXPECT_FALSE(edit.coupon.has_value());
    EXPECT_FALSE(edit.invalid.has_value());
}

TEST_F(CouponServiceTest, StocksUpAndSaysWhatThereIs) {
    const CouponId coupon = offer(a_coupon().with_stock(1));
    const auto more = must(service_.change_stock(coupon, InventoryKind::stocked, 4, "restock"));
    EXPECT_EQ(more.outcome, StockChange::Outcome::appended);
    EXPECT_EQ(more.stock, 5);
    EXPECT_EQ(more.event.value().created_at, noon);
    EXPECT_EQ(more.event->reason, "restock");
    const auto too_much = must(service_.change_stock(coupon, InventoryKind::adjusted, -6, ""));
    EXPECT_EQ(too_much.outcome, StockChange::Outcome::below_zero);
    EXPECT_EQ(too_much.stock, 5);
}

TEST_F(CouponServiceTest, TakesBackWhatSomebodyHolds) {
    const CouponId coupon = closed_coupon();
    clock_.advance(1h);
    const auto taken = must(service_.take_back({coupon, domain::Sequence{2}}, "by mistake"));
    EXPECT_EQ(taken.outcome, TakeBack::Outcome::returned);
    EXPECT_EQ(taken.event.value().created_at, noon + 1h);
    EXPECT_EQ(taken.registered.value().status, domain::RegistrationStatus::returned);
}

TEST_F(CouponServiceTest, TheStockOfAnyMoment) {
    const CouponId coupon = offer(a_coupon().with_stock(5));
    clock_.advance(1h);
    must(service_.change_stock(coupon, InventoryKind::stocked, 2, ""));
    clock_.advance(1h);
    const auto now = must(service_.stock_at(coupon, std::nullopt));
    ASSERT_TRUE(now.has_value());
    EXPECT_EQ(now->at, noon + 2h);
    EXPECT_EQ(now->balance.stock, 7);
    EXPECT_EQ(must(service_.stock_at(coupon, noon + 1h))->balance.stock, 7);
    EXPECT_EQ(must(service_.stock_at(coupon, noon + 1h - 1us))->balance.stock, 5);
    EXPECT_EQ(must(service_.stock_at(coupon, noon - 1us))->balance.stock, 0);
    EXPECT_EQ(must(service_.stock_at(CouponId{999}, std::nullopt)), std::nullopt);
}

TEST_F(CouponServiceTest, ListsWhatIsOpenAtTheClocksTime) {
    const CouponId coupon = offer(a_coupon().from(noon).to(noon + 1h));
    EXPECT_THAT(must(service_.list_open(std::nullopt, 10)).rows, SizeIs(1));
    clock_.set(noon + 1h);
    EXPECT_THAT(must(service_.list_open(std::nullopt, 10)).rows, SizeIs(1));
    clock_.set(noon + 1h + 1us);
    EXPECT_THAT(must(service_.list_open(std::nullopt, 10)).rows, IsEmpty());
    EXPECT_TRUE(must(service_.find(coupon)).has_value()) << "it is only not listed any more";
}

TEST_F(CouponServiceTest, PassesOnWhatTheStoreFailsWith) {
    faults().fail_next(StoreStep::create, FailureKind::in_doubt);
    EXPECT_EQ(kind_of(service_.create(a_coupon().create())), FailureKind::in_doubt);
    faults().fail_next(StoreStep::change_stock, FailureKind::unavailable);
    EXPECT_EQ(kind_of(service_.change_stock(CouponId{1}, InventoryKind::stocked, 1, "")),
              FailureKind::unavailable);
    faults().fail_next(StoreStep::take_back, FailureKind::in_doubt);
    EXPECT_EQ(kind_of(service_.take_back({CouponId{1}, domain::Sequence{2}}, "")),
              FailureKind::in_doubt);
    faults().fail_next(StoreStep::find, FailureKind::corrupted);
    EXPECT_EQ(kind_of(service_.stock_at(CouponId{1}, std::nullopt)), FailureKind::corrupted);
    faults().fail_next(StoreStep::list_registered, FailureKind::unavailable);
    const repository::ListingQuery query{user("ann"), std::nullopt, 1};
    EXPECT_EQ(kind_of(service_.list_registered({&query, 1}).front()), FailureKind::unavailable);
}

}  // namespace
}  // namespace dibs::service
