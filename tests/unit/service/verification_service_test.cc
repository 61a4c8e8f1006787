// Goal: the audit finds nothing in sound books, shows what it finds within bounds, and gives up
// over what it can't read. Method: snapshots made of vectors, and a real store that was used.

#include "service/verification_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/limit_audit.h"
#include "support/faulty_store.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"
#include "unit/service/audited_books.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::a_registration;
using test::must;
using test::noon;
using test::one_tick;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

TEST(Verification, FindsNothingInSoundBooks) {
    const CouponVerdict verdict = verdict_on(sound_books());
    EXPECT_EQ(rows_of(verdict), "");
    EXPECT_EQ(verdict.violation_count, 0);
    EXPECT_EQ(verdict.coupon_id, CouponId{1});
    EXPECT_EQ(verdict.name, a_coupon().terms().name);
    EXPECT_EQ(verdict.balance, (domain::Balance{Sequence{3}, 3, 2}));
    EXPECT_EQ(verdict.live_event_count, 3);
}

TEST(Verification, FindsNothingInAnEmptyStore) {
    Books books;
    EXPECT_THAT(verdicts_on(books), IsEmpty());
}

TEST(Verification, FindsNothingInACouponThatNothingHappenedTo) {
    Books books;
    books.terms_rows = {{a_coupon().terms(1), Sequence{0}}};
    EXPECT_EQ(rows_of(verdict_on(books)), "");
}

TEST(Verification, FindsNothingAfterAFold) {
    Books books = sound_books();
    books.live = test::stream(1).at(test::noon + 1s).cumulative(2, 4, 1).issued("bob").events();
    books.live[1] = books.history_rows[2];
    EXPECT_EQ(rows_of(verdict_on(books)), "");
    books.live = test::stream(1).at(test::noon + 2s).cumulative(3, 3, 2).events();
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_EQ(rows_of(verdict), "");
    EXPECT_EQ(verdict.live_event_count, 1);
}

TEST(Verification, FindsNothingWhereSomethingWasTakenBack) {
    Books books = sound_books();
    books.history_rows = test::stream(1)
                             .stocked(5)
                             .issued("ann")
                             .issued("bob")
                             .returned("ann")
                             .issued("ann")
                             .events();
    books.live = books.history_rows;
    books.registered[0].status = domain::RegistrationStatus::returned;
    books.registered.push_back(a_registration().of("ann").sequence(5).nth(2).rank(3).registered());
    books.registered.back().registered_at = noon + 4s;
    // Ann was registered twice, but holds one.
    EXPECT_EQ(rows_of(verdict_on(books)), "");
}

TEST(Verification, ShowsSomeRowsOfManyAndCountsAll) {
    Books books = sound_books();
    books.registered.clear();
    test::StreamBuilder long_stream = test::stream(1);
    long_stream.stocked(100);
    for (int i = 0; i < 50; ++i) long_stream.issued(fmt::format("user-{}", i));
    books.history_rows = long_stream.events();
    books.live = books.history_rows;
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_EQ(verdict.violation_count, 50);
    EXPECT_THAT(verdict.violations, SizeIs(20));
}

TEST(Verification, ARuleThatIsBrokenOftenHidesNoOther) {
    Books books = sound_books();
    for (int i = 0; i < 30; ++i) {
        books.registered.push_back(
            a_registration().of(fmt::format("user-{}", i)).sequence(4 + i).nth(2).registered());
    }
    const CouponVerdict verdict = verdict_on(books);
    EXPECT_EQ(verdict.violation_count, 60);
    EXPECT_THAT(verdict.violations, SizeIs(40));
    EXPECT_THAT(broken_rules(verdict), ElementsAre(4, 5));
}

TEST(Verification, KeepsSomeTextsOfTheLimitPerUserAndCountsAll) {
    // choice: more than the audit keeps if it keeps 20 of each.
    constexpr int coupon_count = static_cast<int>(LimitAudit::rows_kept_max / 20) + 10;
    Books books;
    for (int coupon = 1; coupon <= coupon_count; ++coupon) {
        books.terms_rows.push_back({a_coupon().terms(coupon), Sequence{0}});
        test::StreamBuilder events = test::stream(coupon);
        events.stocked(100);
        for (int i = 0; i < 25; ++i) {
            const std::string user = fmt::format("user-{:03}-{}", coupon, i);
            events.issued(user);
            books.registered.push_back(a_registration()
                                           .coupon(coupon)
                                           .of(user)
                                           .sequence(2 + i)
                                           .rank(1 + i)
                                           .nth(2)
                                           .registered());
            books.registered.back().registered_at = events.events().back().created_at;
        }
        add_events(books, events);
    }
    const auto verdicts = verdicts_on(books);
    ASSERT_THAT(verdicts, SizeIs(coupon_count));
    std::size_t row_count = 0;
    std::size_t untold_count = 0;
    for (const CouponVerdict& verdict : verdicts) {
        EXPECT_EQ(verdict.violation_count, 25);
        EXPECT_THAT(broken_rules(verdict), ElementsAre(5));
        row_count += verdict.violations.size();
        if (rows_of(verdict).find("broken in 25 places") != std::string::npos) ++untold_count;
    }
    EXPECT_GT(untold_count, 0U);
    EXPECT_EQ(row_count, LimitAudit::rows_kept_max + untold_count);
}

TEST(Verification, TellsEveryCouponInTheOrderOfTheirIds) {
    Books books = sound_books();
    books.terms_rows.push_back({a_coupon().named("Second").terms(2), Sequence{0}});
    books.terms_rows.push_back({a_coupon().named("Third").terms(30), Sequence{0}});
    std::vector<std::string> names;
    for (const CouponVerdict& verdict : verdicts_on(books)) names.push_back(verdict.name);
    EXPECT_THAT(names, ElementsAre(a_coupon().terms().name, "Second", "Third"));
}

TEST(Verification, OneBrokenCouponSaysNothingAboutTheNext) {
    Books books = sound_books();
    books.history_rows[1].stock_after = 17;
    books.terms_rows.push_back({a_coupon().terms(2), Sequence{0}});
    add_events(books, test::stream(2).stocked(5));
    const auto verdicts = verdicts_on(books);
    EXPECT_GT(verdicts[0].violation_count, 0);
    EXPECT_EQ(rows_of(verdicts[1]), "");
}

TEST(Verification, FailsOverARowThatCannotBeRead) {
    for (bool Books::*const table : {&Books::terms_break, &Books::live_break, &Books::history_break,
                                     &Books::registrations_break}) {
        Books books = sound_books();
        books.*table = true;
        EXPECT_EQ(test::kind_of(verify(books, [](const CouponVerdict&) {})),
                  FailureKind::corrupted);
    }
}

TEST(Verification, EveryRuleHasItsLine) {
    std::set<std::string_view> lines;
    for (int rule = 1; rule <= rule_count; ++rule) lines.insert(rule_text(rule));
    EXPECT_THAT(lines, SizeIs(rule_count));
    EXPECT_EQ(rule_text(7), "unknown");
}

TEST(Verification, FindsNothingInAStoreThatWasUsed) {
    const test::TemporaryDirectory directory;
    const auto store = test::open_faulty_store(directory.file("dibs.db"));
    test::RepositoryShop shop(store->coupons());
    const CouponId coupon = shop.offer(a_coupon().limit(2).with_stock(10));
    for (int i = 0; i < 12; ++i) {
        shop.ask(coupon, test::Asking(fmt::format("user-{}", i % 7), noon + one_tick * i));
    }
    must(store->coupons().take_back({coupon, Sequence{3}}, "", noon + 1h));
    shop.ask(coupon, test::Asking("latecomer", noon + 2h));
    const auto snapshot = must(store->open_snapshot());
    int count = 0;
    must(verify(*snapshot, [&](const CouponVerdict& verdict) {
        EXPECT_EQ(rows_of(verdict), "");
        EXPECT_EQ(verdict.balance.stock, 0);
        ++count;
    }));
    EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace dibs::service
