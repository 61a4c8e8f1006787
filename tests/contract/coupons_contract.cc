// Goal: a coupon is kept as it was announced, is found in every listing where it belongs, and the
// terms that an event was decided under can be told for ever.
// Method: create and patch, look through every reading method, and page through each listing with
// pages of every size.

#include <gmock/gmock.h>

#include <future>
#include <set>
#include <vector>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using base::FailureKind;
using domain::Balance;
using domain::Coupon;
using domain::CouponId;
using domain::CouponPatch;
using domain::CouponTerms;
using domain::Sequence;
using repository::CouponRepository;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::one_tick;
using testing::ElementsAre;

using namespace std::chrono_literals;

base::Result<void> allow(const CouponTerms&) {
    return {};
}

std::vector<CouponId> ids_of(const std::vector<Coupon>& coupons) {
    std::vector<CouponId> ids;
    for (const Coupon& coupon : coupons) ids.push_back(coupon.terms().id);
    return ids;
}

TEST_P(CouponsContract, ACouponIsKeptAsItWasCreated) {
    const auto builder = a_coupon()
                             .named("쿠폰 🎟 ' \" \\ % NULL")
                             .described("two\nlines")
                             .from(noon - one_tick)
                             .to(noon + 1h)
                             .limit(7)
                             .with_stock(3);
    const Coupon created = must(coupons().create(builder.create(), noon));
    EXPECT_EQ(created.terms(), builder.terms(created.terms().id.value));
    EXPECT_EQ(created.balance(), (Balance{Sequence{1}, 3, 0}));

    reopen();
    const auto found = must(coupons().find(created.terms().id));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->terms(), created.terms());
    EXPECT_EQ(found->balance(), created.balance());
}

TEST_P(CouponsContract, TheFirstStockIsTheFirstEvent) {
    const CouponId id = offer(a_coupon().with_stock(3));
    auto events = history_of(id);
    EXPECT_EQ(live_events_of(id), events);
    ASSERT_EQ(events.size(), 1U);
    events.front().reason.clear();
    EXPECT_EQ(events, test::stream(id.value).stocked(3).events());
}

TEST_P(CouponsContract, OfManyWhoAnnounceAtOnceEachGetsAnIdOfTheirOwn) {
    constexpr int announcers = 8;
    constexpr int each = 20;
    std::vector<std::future<std::vector<CouponId>>> announcing;
    for (int i = 0; i < announcers; ++i) {
        announcing.push_back(std::async(std::launch::async, [&] {
            std::vector<CouponId> ids;
            for (int k = 0; k < each; ++k) {
                const auto coupon = must(coupons().create(a_coupon().with_stock(1).create(), noon));
                ids.push_back(coupon.terms().id);
            }
            return ids;
        }));
    }
    std::set<CouponId> ids;
    for (auto& of_one : announcing) {
        for (const CouponId id : of_one.get()) ids.insert(id);
    }
    EXPECT_EQ(ids.size(), std::size_t{announcers} * each);
}

TEST_P(CouponsContract, ACouponWithoutStockHasNoEvents) {
    const CouponId id = offer(a_coupon());
    EXPECT_TRUE(history_of(id).empty());
    EXPECT_TRUE(live_events_of(id).empty());
    EXPECT_EQ(balance_of(id), Balance{});
}

TEST_P(CouponsContract, ACouponThatIsNotThereIsNotFound) {
    EXPECT_EQ(must(coupons().find(CouponId{404})), std::nullopt);
}

TEST_P(CouponsContract, EveryCouponGetsAnIdOfItsOwn) {
    const CouponId first = offer(a_coupon());
    const CouponId second = offer(a_coupon());
    EXPECT_GT(first.value, 0);
    EXPECT_GT(second, first);
}

// Listings.

TEST_P(CouponsContract, CouponsAreListedByIdPageByPage) {
    std::vector<CouponId> all;
    for (int i = 0; i < 5; ++i) all.push_back(offer(a_coupon().with_stock(i)));
    ask(all[2], Asking("alice"));

    for (const std::size_t page_size : {1U, 2U, 3U, 5U, 6U}) {
        std::vector<Coupon> listed;
        CouponId after{0};
        while (true) {
            const auto page = must(coupons().list(after, page_size));
            listed.insert(listed.end(), page.rows.begin(), page.rows.end());
            EXPECT_LE(page.rows.size(), page_size);
            ASSERT_EQ(page.has_more, listed.size() < all.size());
            if (!page.has_more) break;
            after = page.rows.back().terms().id;
        }
        EXPECT_EQ(ids_of(listed), all) << "pages of " << page_size;
        for (std::size_t i = 0; i < listed.size() && i < all.size(); ++i) {
            EXPECT_EQ(listed[i].balance(), balance_of(all[i]));
        }
    }
}

TEST_P(CouponsContract, AListingShowsTheBalanceAtTheHeadAfterACompactionToo) {
    const CouponId id = offer(a_coupon().with_stock(5));
    ask(id, Asking("alice"));
    compact(compactions(), noon + 1h);
    EXPECT_EQ(must(coupons().list(CouponId{0}, 10)).rows.at(0).balance(),
              (Balance{Sequence{2}, 4, 1}));
    ask(id, Asking("bob"));
    EXPECT_EQ(must(coupons().list(CouponId{0}, 10)).rows.at(0).balance(),
              (Balance{Sequence{3}, 3, 2}));
    EXPECT_EQ(must(coupons().list_open(noon, std::nullopt, 10)).rows.at(0).balance(),
              (Balance{Sequence{3}, 3, 2}));
}

TEST_P(CouponsContract, OpenCouponsAreListedByTheirStartPageByPage) {
    const CouponId later = offer(a_coupon().from(noon + 2h));
    const CouponId now_first = offer(a_coupon().from(noon));
    const CouponId now_second = offer(a_coupon().from(noon).with_stock(2));
    const CouponId earlier = offer(a_coupon().from(noon - 3h));
    const CouponId past = offer(a_coupon().from(noon - 3h).to(noon - one_tick));
    const std::vector<CouponId> open{earlier, now_first, now_second, later};

    for (const std::size_t page_size : {1U, 2U, 3U, 4U, 5U}) {
        std::vector<Coupon> listed;
        std::optional<CouponRepository::OpeningPlace> after;
        while (true) {
            const auto page = must(coupons().list_open(noon, after, page_size));
            listed.insert(listed.end(), page.rows.begin(), page.rows.end());
            ASSERT_EQ(page.has_more, listed.size() < open.size());
            if (!page.has_more) break;
            after = {page.rows.back().terms().from, page.rows.back().terms().id};
        }
        EXPECT_EQ(ids_of(listed), open) << "pages of " << page_size << ", without " << past.value;
    }
}

TEST_P(CouponsContract, ACouponIsOpenToTheLastMomentOfItsWindow) {
    const CouponId id = offer(a_coupon().to(noon + 1h));
    EXPECT_THAT(ids_of(must(coupons().list_open(noon + 1h, std::nullopt, 10)).rows),
                ElementsAre(id));
    EXPECT_TRUE(must(coupons().list_open(noon + 1h + one_tick, std::nullopt, 10)).rows.empty());
}

// Terms.

TEST_P(CouponsContract, APatchChangesWhatItNamesAndKeepsTheRest) {
    const auto builder = a_coupon().named("Tea").described("green").with_stock(5);
    const CouponId id = offer(builder);
    ask(id, Asking("alice"));
    CouponTerms expected = builder.terms(id.value);

    expected.name = "Coffee";
    auto patched = must(coupons().patch(
        id, {.name = "Coffee", .description = {}, .from = {}, .to = {}}, allow, noon));
    ASSERT_TRUE(patched.has_value());
    EXPECT_EQ(patched->terms(), expected);
    EXPECT_EQ(patched->balance(), (Balance{Sequence{2}, 4, 1}));

    expected.description = "";
    expected.from = noon + 1s;
    expected.to = noon + 2s;
    patched = must(coupons().patch(
        id, {.name = {}, .description = "", .from = noon + 1s, .to = noon + 2s}, allow, noon));
    EXPECT_EQ(patched.value().terms(), expected);

    reopen();
    EXPECT_EQ(must(coupons().find(id)).value().terms(), expected);
    EXPECT_EQ(must(coupons().list(CouponId{0}, 1)).rows.at(0).terms(), expected);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{2}, 4, 1}));
}

TEST_P(CouponsContract, WhoComesAfterAPatchIsDecidedUnderIt) {
    const CouponId id = offer(a_coupon().to(noon + 1h).with_stock(5));
    CouponPatch shorter;
    shorter.to = noon + 1min;
    must(coupons().patch(id, shorter, allow, noon));
    EXPECT_EQ(ask(id, Asking("alice", noon + 1min)).outcome, domain::IssueOutcome::issued);
    EXPECT_EQ(ask(id, Asking("bob", noon + 1min + one_tick)).outcome, domain::IssueOutcome::ended);
}

TEST_P(CouponsContract, APatchIsShownToTheCheckAndWrittenOnlyIfItAllows) {
    const auto builder = a_coupon().named("Tea");
    const CouponId id = offer(builder);
    CouponPatch patch;
    patch.name = "Coffee";
    std::vector<CouponTerms> shown;
    const auto refused = coupons().patch(
        id, patch,
        [&](const CouponTerms& terms) -> base::Result<void> {
            shown.push_back(terms);
            return base::Failure{FailureKind::invalid, "not that"};
        },
        noon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::invalid);
    EXPECT_EQ(refused.failure().what, "not that");

    auto expected = builder.terms(id.value);
    EXPECT_EQ(must(coupons().find(id)).value().terms(), expected);
    EXPECT_EQ(must(coupons().terms_at(id, Sequence{1}))->name, "Tea");
    expected.name = "Coffee";
    EXPECT_THAT(shown, ElementsAre(expected));
}

TEST_P(CouponsContract, ThereIsNothingToPatchInAnUnknownCoupon) {
    bool is_asked = false;
    const auto patched = coupons().patch(
        CouponId{404}, {},
        [&](const CouponTerms&) -> base::Result<void> {
            is_asked = true;
            return {};
        },
        noon);
    EXPECT_EQ(must(patched), std::nullopt);
    EXPECT_FALSE(is_asked);
}

TEST_P(CouponsContract, TermsAreToldForEveryEventThatWasDecidedUnderThem) {
    const auto rename = [&](CouponId id, const char* name) {
        CouponPatch patch;
        patch.name = name;
        must(coupons().patch(id, patch, allow, noon));
    };
    const auto builder = a_coupon().named("first").with_stock(9);
    const CouponId id = offer(builder);  // 1
    ask(id, Asking("alice"));            // 2
    rename(id, "lost, for nothing happened under it");
    rename(id, "second");
    ask(id, Asking("bob"));    // 3
    ask(id, Asking("carol"));  // 4
    rename(id, "third");

    const auto name_at = [&](std::int64_t sequence) {
        return must(coupons().terms_at(id, Sequence{sequence}))->name;
    };
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(name_at(1), "first");
        EXPECT_EQ(name_at(2), "first");
        EXPECT_EQ(name_at(3), "second");
        EXPECT_EQ(name_at(4), "second");
        EXPECT_EQ(name_at(5), "third") << "the next event comes under the newest terms";
        reopen();
    }
    EXPECT_EQ(*must(coupons().terms_at(id, Sequence{1})), builder.terms(id.value));
}

TEST_P(CouponsContract, TermsOfOneCouponAreNoneOfAnothers) {
    const CouponId tea = offer(a_coupon().named("Tea").with_stock(1));
    const CouponId cake = offer(a_coupon().named("Cake").with_stock(1));
    CouponPatch patch;
    patch.name = "Green tea";
    must(coupons().patch(tea, patch, allow, noon));
    EXPECT_EQ(must(coupons().find(cake)).value().terms().name, "Cake");
    EXPECT_EQ(must(coupons().terms_at(cake, Sequence{2}))->name, "Cake");
    EXPECT_EQ(must(coupons().terms_at(tea, Sequence{2}))->name, "Green tea");
}

TEST_P(CouponsContract, ACouponWithoutTermsIsCorruptedNotEmpty) {
    EXPECT_EQ(kind_of(coupons().terms_at(CouponId{404}, Sequence{1})), FailureKind::corrupted);
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CouponsContract);

}  // namespace dibs::contract
