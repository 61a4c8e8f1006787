// Goal: a copy has every row of its source, whatever kinds of store the two are and wherever it was
// cut off, and nothing that isn't one is taken for it.
// Method: a store with everything in it that there can be, copied in portions of a few rows, ended
// at every commit; both sides are held against each other by the fingerprint of all rows.

#include "service/copy_service.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "service/verification_service.h"
#include "unit/service/copy_trial.h"

namespace dibs::service {
namespace {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::CouponId;
using domain::Sequence;
using repository::ImportPortion;
using repository::StoreImport;
using test::a_coupon;
using test::kind_of;
using test::must;
using test::noon;
using namespace std::chrono_literals;

constexpr std::int64_t few_rows = 7;

void rename_coupon(repository::Store& store, CouponId coupon_id, const std::string& name,
                   base::Instant now) {
    must(store.coupons().patch(
        coupon_id,
        {.name = name, .description = std::nullopt, .from = std::nullopt, .to = std::nullopt},
        [](const domain::CouponTerms&) { return Result<void>(); }, now));
}

void give_back(repository::Store& store, CouponId coupon_id, std::int64_t sequence) {
    const auto taken = must(store.coupons().take_back({coupon_id, Sequence{sequence}},
                                                      "broken, \"quoted\"", noon + 2h));
    ASSERT_EQ(taken.outcome, repository::TakeBack::Outcome::returned);
}

/// Everything that a store can have: terms that changed between events, a limit above one, returned
/// coupons, folded streams and live ones, finished runs and one under way, a coupon with no events.
void fill(const std::string& url) {
    const auto store = open_store_of_test(url);
    test::RepositoryShop shop(store->coupons());
    const CouponId lunch = shop.offer(
        a_coupon().named("Mittag{,\"\\ NULL").described("점심\n").limit(3).with_stock(60));
    const CouponId quiet = shop.offer(a_coupon().named("nothing yet"));
    const CouponId small = shop.offer(a_coupon().with_stock(4));
    rename_coupon(*store, quiet, "still nothing", noon);
    sell(*store, lunch, "NULL", 5);
    rename_coupon(*store, lunch, "Lunch", noon + 1s);
    rename_coupon(*store, lunch, "Lunch!", noon + 2s);
    sell(*store, lunch, "user,{}\"\\", 5);
    sell(*store, small, "early", 9);
    give_back(*store, lunch, 3);
    fold_store(*store, noon + 3h);
    sell(*store, lunch, "late", 8, noon + 4h);
    test::RepositoryShop(store->coupons()).ask(lunch, test::Asking("late0", "again", noon + 4h));
    give_back(*store, lunch, 13);
    must(store->coupons().change_stock(lunch, domain::InventoryKind::adjusted, -2, "", noon + 5h));
    fold_store(*store, noon + 6h, true);
    rename_coupon(*store, small, "Small", noon + 6h);
}

/// Lets so many portions be committed, and fails before the next.
class CutOffImport final : public StoreImport {
public:
    CutOffImport(std::unique_ptr<StoreImport> behind, int portion_count)
        : behind_(std::move(behind)), left_(portion_count) {}

    Result<std::unique_ptr<repository::AuditSnapshot>> open_snapshot() override {
        return behind_->open_snapshot();
    }
    Result<std::unique_ptr<ImportPortion>> begin() override {
        if (left_-- > 0) return behind_->begin();
        return Failure{FailureKind::unavailable, "cut off"};
    }

private:
    std::unique_ptr<StoreImport> behind_;
    int left_;
};

Result<CopyProgress> copy(const std::string& from, StoreImport& target,
                          std::int64_t portion_rows_max = few_rows) {
    const auto source = must(repository::open_store_to_copy(from));
    return copy_store(
        *source, target, [](const CopyProgress&) {}, portion_rows_max);
}

Result<CopyProgress> copy(const std::string& from, const std::string& to,
                          std::int64_t portion_rows_max = few_rows) {
    return copy(from, *must(repository::open_store_to_import(to)), portion_rows_max);
}

void expect_sound(const std::string& url) {
    must(verify(*must(repository::open_store_for_audit(url)), [](const CouponVerdict& verdict) {
        EXPECT_EQ(verdict.violation_count, 0) << verdict.coupon_id.value;
    }));
}

struct Direction {
    std::string name;
    bool is_from_postgres;
    bool is_to_postgres;
};

class Copy : public testing::TestWithParam<Direction> {
protected:
    Copy()
        : from_(places_.fresh(GetParam().is_from_postgres)),
          to_(places_.fresh(GetParam().is_to_postgres)) {
        fill(from_);
    }

    void expect_same() {
        EXPECT_TRUE(fingerprint_at(from_) == fingerprint_at(to_));
        expect_sound(to_);
    }

    /// Copies, but is cut off after so many portions.
    Result<CopyProgress> copy_portions(int count) {
        CutOffImport target(must(repository::open_store_to_import(to_)), count);
        return copy(from_, target);
    }

    CopyPlaces places_;
    const std::string from_;
    const std::string to_;
};

TEST_P(Copy, HasEveryRow) {
    const auto copied = must(copy(from_, to_, copy_portion_rows_max));
    expect_same();
    EXPECT_EQ(copied.coupon_count, 3);
    EXPECT_EQ(copied.copied_row_count, copied.row_count);
}

TEST_P(Copy, HasEveryRowInSmallPortions) {
    must(copy(from_, to_));
    expect_same();
}

TEST_P(Copy, OfACopyWritesNothing) {
    must(copy(from_, to_));
    EXPECT_EQ(must(copy(from_, to_)).copied_row_count, 0);
    expect_same();
}

TEST_P(Copy, GoesOnWhereverItWasCutOff) {
    int cuts = 0;
    while (true) {
        // One portion at a time, and now and then two.
        const auto copied = copy_portions(1 + cuts % 2);
        if (copied) break;
        ASSERT_EQ(kind_of(copied), FailureKind::unavailable) << copied.failure().what;
        ASSERT_LT(++cuts, 200);
    }
    EXPECT_GT(cuts, 4);
    expect_same();
}

TEST_P(Copy, IsNotServedBeforeItIsFinished) {
    repository::StoreOptions options;
    options.allows_fsync_off = true;
    const auto open = [&] {
        return repository::open_store(to_, {.role = "test", .call_at = {}}, options);
    };
    ASSERT_EQ(kind_of(copy_portions(1)), FailureKind::unavailable);
    for (int portions = 0; portions < 2; ++portions) {
        const auto refused = open();
        ASSERT_EQ(kind_of(refused), FailureKind::unavailable);
        EXPECT_THAT(refused.failure().what, testing::HasSubstr("was not finished"));
        EXPECT_TRUE(repository::open_store_for_audit(to_)) << "looking at it is no serving";
        ASSERT_EQ(kind_of(copy_portions(1)), FailureKind::unavailable);
    }
    must(copy(from_, to_));
    EXPECT_TRUE(open());
}

TEST_P(Copy, GoesOnAfterItsSourceDid) {
    ASSERT_EQ(kind_of(copy_portions(4)), FailureKind::unavailable);
    {
        const auto store = open_store_of_test(from_);
        give_back(*store, CouponId{1}, 4);
        sell(*store, CouponId{1}, "later", 4, noon + 7h);
        rename_coupon(*store, CouponId{1}, "Supper", noon + 7h);
        const auto run = must(store->compactions().find_unfinished());
        ASSERT_TRUE(run);
        must(store->compactions().finish(run->run, noon + 8h));
        fold_store(*store, noon + 8h);
        sell(*store, CouponId{1}, "last", 2, noon + 9h);
    }
    ASSERT_EQ(kind_of(copy_portions(1)), FailureKind::unavailable);
    must(copy(from_, to_));
    expect_same();
}

TEST_P(Copy, RefusesATargetThatIsAnotherStore) {
    {
        const auto store = open_store_of_test(to_);
        static_cast<void>(test::RepositoryShop(store->coupons())
                              .offer(a_coupon().from(noon + 1min).with_stock(7)));
    }
    const StoreFingerprint before = fingerprint_at(to_);
    EXPECT_EQ(kind_of(copy(from_, to_)), FailureKind::refused);
    EXPECT_TRUE(fingerprint_at(to_) == before);
}

TEST_P(Copy, RefusesATargetThatWentOnByItself) {
    must(copy(from_, to_));
    {
        const auto store = open_store_of_test(to_);
        sell(*store, CouponId{1}, "elsewhere", 1, noon + 7h);
    }
    EXPECT_EQ(kind_of(copy(from_, to_)), FailureKind::refused);
}

TEST_P(Copy, CanBeSoldFromAndFolded) {
    must(copy(from_, to_));
    const auto store = open_store_of_test(to_);
    sell(*store, CouponId{1}, "after", 3, noon + 7h);
    const auto run = must(store->compactions().find_unfinished());
    ASSERT_TRUE(run) << "the run that was under way can be gone on with";
    EXPECT_FALSE(must(store->compactions().next_portion(run->run, 100)).events.is_empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, Copy,
                         testing::Values(Direction{"SqliteToSqlite", false, false},
                                         Direction{"SqliteToPostgres", false, true},
                                         Direction{"PostgresToSqlite", true, false},
                                         Direction{"PostgresToPostgres", true, true}),
                         [](const auto& tested) { return tested.param.name; });

TEST(Fingerprint, TellsAnyTwoStoresApart) {
    CopyPlaces places;
    const std::string one = places.fresh(false);
    const std::string other = places.fresh(false);
    fill(one);
    fill(other);
    EXPECT_TRUE(fingerprint_at(one) == fingerprint_at(other));
    const auto position = [](const std::string& url) {
        return must(position_of(*must(repository::open_store_for_audit(url))));
    };
    EXPECT_EQ(position(one), position(other));
    give_back(*open_store_of_test(other), CouponId{1}, 4);
    EXPECT_FALSE(fingerprint_at(one) == fingerprint_at(other));
    EXPECT_NE(position(one), position(other));
}

}  // namespace
}  // namespace dibs::service
