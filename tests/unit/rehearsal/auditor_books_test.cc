// Goal: what was acknowledged and what is stored are held against each other, row by row.
// Method: the books that belong to a flawless crowd, with one planted fault each.

#include <gtest/gtest.h>

#include <algorithm>

#include "rehearsal/audit.h"
#include "told.h"

namespace dibs::rehearsal {
namespace {

using Listing = std::vector<ListedRegistration>;
using std::chrono::milliseconds;

AuditReport audit_complete(const CrowdResult& result, const AuditTerms& terms,
                           const Listing& stored) {
    StoredBooks books;
    books.of_coupon = [&]() -> base::Result<Listing> { return stored; };
    const auto report = audit(result, terms, books);
    EXPECT_TRUE(report.is_ok());
    return *report;
}

AuditReport audit_users(const CrowdResult& result, const AuditTerms& terms, const Listing& stored) {
    StoredBooks books;
    books.of_user = [&](std::string_view user) -> base::Result<Listing> {
        Listing held = stored;
        std::erase_if(held, [&](const auto& item) { return item.user != user; });
        for (auto& item : held) item.user.clear();
        return held;
    };
    const auto report = audit(result, terms, books);
    EXPECT_TRUE(report.is_ok());
    return *report;
}

TEST(AuditOfBooks, FindsNothingWhereNothingIs) {
    const CrowdResult result = all_told(50);
    for (const AuditReport& report : {audit_complete(result, terms_of(50), books_of(result)),
                                      audit_users(result, terms_of(50), books_of(result))}) {
        EXPECT_EQ(faults_of(report), "");
        EXPECT_EQ(report.stored, 50U);
        EXPECT_TRUE(report.of(Check::lost).was_made);
        EXPECT_TRUE(report.of(Check::unexplained).was_made);
    }
}

TEST(AuditOfBooks, FindsALostOne) {
    const CrowdResult result = all_told(50);
    Listing stored = books_of(result);
    stored.pop_back();
    for (const AuditReport& report : {audit_complete(result, terms_of(50), stored),
                                      audit_users(result, terms_of(50), stored)}) {
        EXPECT_EQ(faults_of(report), "lost");
        ASSERT_EQ(report.of(Check::lost).findings.size(), 1U);
        EXPECT_EQ(report.of(Check::lost).findings[0].user, "user-50");
        EXPECT_EQ(report.of(Check::lost).findings[0].registration_id, "42-51");
    }
}

TEST(AuditOfBooks, FindsAnOversellThatNobodyWasToldOf) {
    const CrowdResult result = all_told(10);
    Listing stored = books_of(result);
    stored.push_back({"user-99", told(11).registration});
    const AuditReport report = audit_complete(result, terms_of(10), stored);
    EXPECT_EQ(faults_of(report), "oversold unexplained");
    EXPECT_EQ(report.of(Check::unexplained).findings[0].user, "user-99");
}

TEST(AuditOfBooks, TakesAnUnknownRequestForAnExplanation) {
    CrowdResult result = all_told(10);
    const Listing stored = books_of(result);
    result.issued.erase(result.issued.begin() + 3);
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "rank-gap unexplained");

    result.unknown.push_back({"user-4", "", milliseconds(0)});
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "");
    EXPECT_EQ(faults_of(audit_users(result, terms_of(10), stored)), "");
}

TEST(AuditOfBooks, TakesAnUnknownRequestForOneRowOnly) {
    CrowdResult result = all_told(10);
    Listing stored = books_of(result);
    stored[0].user = "user-4";
    result.issued.erase(result.issued.begin() + 3);
    result.issued.erase(result.issued.begin());
    AuditTerms terms = terms_of(10);
    terms.limit_per_user = 2;
    result.unknown.push_back({"user-4", "", milliseconds(0)});
    EXPECT_EQ(audit_complete(result, terms, stored).of(Check::unexplained).findings.size(), 1U);
    result.unknown.push_back({"user-4", "", milliseconds(0)});
    EXPECT_EQ(faults_of(audit_complete(result, terms, stored)), "");
}

TEST(AuditOfBooks, FindsWhatIsStoredDifferently) {
    const CrowdResult result = all_told(10);
    Listing stored = books_of(result);
    stored[4].registration.registered_at += std::chrono::microseconds(1);
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "stored-differently");
    stored = books_of(result);
    stored[4].user = "somebody";
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "stored-differently");
}

TEST(AuditOfBooks, FindsAStoredUserWithTwo) {
    CrowdResult result = all_told(10);
    const Listing stored = [&] {
        Listing all = books_of(result);
        all[9].user = "user-1";
        return all;
    }();
    result.issued.pop_back();
    result.unknown.push_back({"user-1", "", milliseconds(0)});
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "over-limit");
    EXPECT_EQ(faults_of(audit_users(result, terms_of(10), stored)), "over-limit");
}

TEST(AuditOfBooks, FindsAStoredRankThatIsSharedOrMissing) {
    CrowdResult result = all_told(10);
    Listing stored = books_of(result);
    // Unknown to the crowd, so that only the books can tell.
    result.issued.pop_back();
    result.unknown.push_back({"user-10", "", milliseconds(0)});
    stored[9].registration.rank = 9;
    EXPECT_EQ(faults_of(audit_complete(result, terms_of(10), stored)), "shared-rank");
    stored[9].registration.rank = 12;
    AuditTerms terms = terms_of(20);
    EXPECT_EQ(faults_of(audit_complete(result, terms, stored)), "rank-gap");
}

TEST(AuditOfBooks, LeavesOthersAndEarlierOnesAlone) {
    CrowdResult result = all_told(10);
    const Listing stored = books_of(result);
    result.issued.erase(result.issued.begin(), result.issued.begin() + 3);
    AuditTerms terms = terms_of(10);
    terms.issued_before = 2;
    terms.is_of_crowd = [](std::string_view user) { return user != "user-3"; };
    EXPECT_EQ(faults_of(audit_complete(result, terms, stored)), "");
}

TEST(AuditOfBooks, SeesOnlyTheCouponThatWasAskedFor) {
    const CrowdResult result = all_told(3);
    Listing stored = books_of(result);
    stored.push_back({"user-1", {"7-9", 7, 1, base::from_microseconds(5)}});
    EXPECT_EQ(faults_of(audit_users(result, terms_of(3), stored)), "");
    EXPECT_EQ(audit_users(result, terms_of(3), stored).stored, 3U);
}

TEST(AuditOfBooks, HoldsTheStockAgainstWhatWasGivenOut) {
    const CrowdResult result = all_told(10);
    const auto faults = [&](std::int64_t left, std::int64_t issued) {
        StoredBooks books;
        books.stock = [&]() -> base::Result<StockBody> { return StockBody{left, issued}; };
        return faults_of(*audit(result, terms_of(12), books));
    };
    EXPECT_EQ(faults(2, 10), "");
    EXPECT_EQ(faults(-1, 13), "oversold");
    EXPECT_EQ(faults(2, 11), "oversold");
    EXPECT_EQ(faults(3, 9), "lost");
}

TEST(AuditOfBooks, FailsAsTheBooksDo) {
    const base::Failure unreachable{base::FailureKind::unavailable, "no connection"};
    StoredBooks books;
    books.of_coupon = [&]() -> base::Result<Listing> { return unreachable; };
    EXPECT_EQ(audit(all_told(1), terms_of(1), books).failure().what, "no connection");
    books.of_coupon = nullptr;
    books.of_user = [&](std::string_view) -> base::Result<Listing> { return unreachable; };
    EXPECT_EQ(audit(all_told(1), terms_of(1), books).failure().what, "no connection");
    books.of_user = nullptr;
    books.stock = [&]() -> base::Result<StockBody> { return unreachable; };
    EXPECT_EQ(audit(all_told(1), terms_of(1), books).failure().what, "no connection");
}

TEST(AuditOfBooks, LooksUpEachUserOnce) {
    CrowdResult result = all_told(2);
    result.issued.push_back(told(2));
    result.issued.back().is_replayed = true;
    result.unknown.push_back({"user-9", "", milliseconds(0)});
    std::vector<std::string> asked;
    StoredBooks books;
    books.of_user = [&](std::string_view user) -> base::Result<Listing> {
        asked.emplace_back(user);
        return Listing{};
    };
    EXPECT_EQ(faults_of(*audit(result, terms_of(2), books)), "lost");
    EXPECT_EQ(asked, (std::vector<std::string>{"user-1", "user-2", "user-9"}));
}

TEST(MembersOfACrowd, AreKnownByTheirNames) {
    CrowdOptions options;
    options.user_count = 5;
    const auto is_member = members_of(options);
    EXPECT_TRUE(is_member("user-000005"));
    EXPECT_FALSE(is_member("user-000006"));
}

}  // namespace
}  // namespace dibs::rehearsal
