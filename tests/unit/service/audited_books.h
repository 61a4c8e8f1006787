#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <gmock/gmock.h>
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "service/verification_service.h"
#include "support/builders.h"

// Books to audit, made of vectors: a small sound store, in which a test breaks one thing.

namespace dibs::service {

template <typename Row>
class VectorCursor final : public repository::Cursor<Row> {
public:
    explicit VectorCursor(std::vector<Row> rows, bool breaks = false)
        : rows_(std::move(rows)), breaks_(breaks) {}
    base::Result<std::optional<Row>> next() override {
        if (place_ < rows_.size()) return std::optional<Row>(rows_[place_++]);
        if (breaks_) return base::Failure{base::FailureKind::corrupted, "ordered by the test"};
        return std::optional<Row>();
    }

private:
    std::vector<Row> rows_;
    bool breaks_;
    std::size_t place_ = 0;
};

/// A store at one moment, as vectors that a test writes into, in the order in which they are read.
class Books final : public repository::AuditSnapshot {
public:
    base::Result<std::unique_ptr<repository::Cursor<domain::CouponTerms>>> coupons() override {
        std::vector<domain::CouponTerms> newest;
        for (const repository::TermsInForce& row : terms_rows) {
            if (!newest.empty() && newest.back().id == row.terms.id) newest.pop_back();
            newest.push_back(row.terms);
        }
        if (announced) newest.back() = *announced;
        if (is_last_gone) newest.pop_back();
        return cursor_over(newest, false);
    }
    base::Result<std::unique_ptr<repository::Cursor<repository::CompactionRun>>> compactions()
        override {
        return cursor_over(std::vector<repository::CompactionRun>(), false);
    }
    base::Result<std::unique_ptr<repository::Cursor<repository::CompactionPoint>>>
    compaction_points() override {
        return cursor_over(std::vector<repository::CompactionPoint>(), false);
    }
    base::Result<std::unique_ptr<repository::Cursor<repository::TermsInForce>>> terms() override {
        return cursor_over(terms_rows, terms_break);
    }
    base::Result<std::unique_ptr<repository::Cursor<domain::CouponInventory>>> live_events()
        override {
        return cursor_over(live, live_break);
    }
    base::Result<std::unique_ptr<repository::Cursor<domain::CouponInventory>>> history() override {
        return cursor_over(history_rows, history_break);
    }
    base::Result<std::unique_ptr<repository::Cursor<domain::RegisteredCoupon>>> registrations()
        override {
        return cursor_over(registered, registrations_break);
    }
    base::Result<std::unique_ptr<repository::Cursor<domain::RegisteredCoupon>>>
    registrations_by_user() override {
        auto by_user = registered;
        std::ranges::stable_sort(by_user, {}, [](const domain::RegisteredCoupon& one) {
            return std::tuple(one.user_id, one.coupon_id, one.nth);
        });
        return cursor_over(by_user, false);
    }

    std::vector<repository::TermsInForce> terms_rows;
    std::optional<domain::CouponTerms> announced;  // Of the last coupon, if not its newest terms.
    bool is_last_gone = false;                     // The last coupon's row, not its terms.
    std::vector<domain::CouponInventory> live;
    std::vector<domain::CouponInventory> history_rows;
    std::vector<domain::RegisteredCoupon> registered;
    bool terms_break = false;
    bool live_break = false;
    bool history_break = false;
    bool registrations_break = false;

private:
    template <typename Row>
    static base::Result<std::unique_ptr<repository::Cursor<Row>>> cursor_over(
        const std::vector<Row>& rows, bool breaks) {
        return std::unique_ptr<repository::Cursor<Row>>(
            std::make_unique<VectorCursor<Row>>(rows, breaks));
    }
};

/// Coupon 1, one per user: stocked with five, issued to ann and bob.
inline Books sound_books() {
    Books books;
    books.terms_rows = {{test::a_coupon().terms(1), domain::Sequence{0}}};
    books.history_rows = test::stream(1).stocked(5).issued("ann").issued("bob").events();
    books.live = books.history_rows;
    books.registered = {test::a_registration().of("ann").sequence(2).rank(1).registered(),
                        test::a_registration().of("bob").sequence(3).rank(2).registered()};
    books.registered[0].registered_at = test::noon + std::chrono::seconds(1);
    books.registered[1].registered_at = test::noon + std::chrono::seconds(2);
    return books;
}

/// Adds a coupon's events to the history, and all of them live.
inline void add_events(Books& books, const test::StreamBuilder& stream) {
    for (const domain::CouponInventory& event : stream.events()) {
        books.history_rows.push_back(event);
        books.live.push_back(event);
    }
}

inline std::vector<CouponVerdict> verdicts_on(Books& books) {
    std::vector<CouponVerdict> verdicts;
    test::must(verify(books, [&](const CouponVerdict& verdict) { verdicts.push_back(verdict); }));
    return verdicts;
}

/// The verdict on books with one coupon.
inline CouponVerdict verdict_on(Books books) {
    const auto verdicts = verdicts_on(books);
    base::ensure(verdicts.size() == 1, "a test's books have one coupon");
    return verdicts.front();
}

inline std::set<int> broken_rules(const CouponVerdict& verdict) {
    std::set<int> rules;
    for (const Violation& violation : verdict.violations) rules.insert(violation.rule);
    return rules;
}

inline std::string rows_of(const CouponVerdict& verdict) {
    std::string rows;
    for (const Violation& violation : verdict.violations) {
        rows += fmt::format("{}: {}\n", violation.rule, violation.row);
    }
    return rows;
}

/// For `EXPECT_THAT`: a verdict by which this rule is broken and no other, in words like these.
MATCHER_P2(BreaksOnly, rule, words, "") {
    return testing::ExplainMatchResult(testing::ElementsAre(rule), broken_rules(arg),
                                       result_listener) &&
           testing::ExplainMatchResult(testing::HasSubstr(words), rows_of(arg), result_listener);
}

}  // namespace dibs::service
