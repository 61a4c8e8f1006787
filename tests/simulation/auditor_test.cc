// Goal: the auditor finds what it is there to find. Method: rows and answers of a small sale that
// was right in everything, and then wrong in one thing at a time; each time the auditor has to
// complain of that, and of the right sale of nothing.

#include "simulation/auditor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace dibs::simulation {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

/// A coupon of which there were two: ann and bob got one each, cid and dan came too late, ann asked
/// once more with her key, bob without one; an operator put one more there in the end.
struct Sale {
    StoreRows rows;
    Observations seen;

    Sale() {
        CouponRows& coupon = rows.coupons.emplace_back();
        TermsRow& terms = coupon.terms.emplace_back();
        terms.name = "tea";
        terms.to = 9'000;
        terms.written_at = 5;
        append("stocked", 2, "", "created", 10);
        issue("ann", "k1", 1, 100);
        issue("bob", "", 2, 200);
        ask("ann", "k1", 50, 120, "issued");
        ask("bob", "", 60, 220, "issued");
        ask("cid", "", 70, 230, "coupon-sold-out");
        ask("dan", "", 240, 240, "coupon-sold-out").is_at_once = true;
        ask("ann", "k1", 300, 310, "replayed");
        ask("bob", "", 305, 315, "coupon-already-registered");
        ask("eve", "", 320, 330, "unavailable").is_failure = true;
        show(seen.asked[0], 0);
        show(seen.asked[1], 1);
        show(seen.asked[4], 0);
        show(seen.asked[5], 1);
        append("stocked", 1, "", "order-0", 400);
        StockOrder order;
        order.coupon = 1;
        order.kind = "stocked";
        order.amount = 1;
        order.reason = "order-0";
        order.asked_at = 390;
        order.is_answered = true;
        order.answered_at = 410;
        order.answer = "appended";
        order.sequence = 4;
        seen.orders.push_back(order);
        coupon.live = coupon.history;
        seen.looks.push_back(
            {.coupon = 1, .asked_at = 210, .answered_at = 215, .stock = 0, .head = 3});
        seen.calm_from = 1'000;
    }

    CouponRows& coupon() { return rows.coupons.front(); }

    void append(const std::string& kind, std::int64_t amount, const std::string& user,
                const std::string& reason, Time at) {
        auto& history = coupon().history;
        EventRow row{.coupon = 1,
                     .sequence = static_cast<std::int64_t>(history.size()) + 1,
                     .kind = kind,
                     .amount = amount,
                     .user = user,
                     .reason = reason,
                     .created_at = at,
                     .written_at = at};
        row.stock_after = amount + (history.empty() ? 0 : history.back().stock_after);
        row.issued_after =
            (kind == "issued" ? 1 : 0) + (history.empty() ? 0 : history.back().issued_after);
        history.push_back(row);
    }
    void issue(const std::string& user, const std::string& key, std::int64_t rank, Time at) {
        append("issued", -1, user, "", at);
        coupon().history.back().created_at = at / 2 + (at == 200 ? -40 : 0);  // When they came.
        coupon().registered.push_back({.coupon = 1,
                                       .sequence = coupon().history.back().sequence,
                                       .user = user,
                                       .nth = 1,
                                       .rank = rank,
                                       .key = key,
                                       .registered_at = coupon().history.back().created_at,
                                       .written_at = at});
    }
    Asked& ask(const std::string& user, const std::string& key, Time at, Time answered_at,
               const std::string& answer) {
        Asked asked;
        asked.number = seen.asked.size();
        asked.coupon = 1;
        asked.user = user;
        asked.key = key;
        asked.arrived_at = at;
        asked.asked_at = at;
        asked.deadline = at + 5'000;
        asked.is_answered = true;
        asked.answered_at = answered_at;
        asked.answer = answer;
        seen.asked.push_back(asked);
        return seen.asked.back();
    }
    void show(Asked& asked, std::size_t place) {
        const RegisteredRow& row = coupon().registered[place];
        asked.held.push_back({.coupon = 1,
                              .sequence = row.sequence,
                              .user = row.user,
                              .nth = row.nth,
                              .rank = row.rank,
                              .key = row.key,
                              .registered_at = row.registered_at});
        asked.terms = TermsSeen{"tea", 0, 9'000, 1};
    }

    [[nodiscard]] std::vector<std::string> findings() const {
        Findings findings;
        Auditor(rows, seen, findings).audit();
        return findings.kept();
    }
};

TEST(Auditor, FindsNothingInASaleThatWasRight) {
    EXPECT_THAT(Sale().findings(), IsEmpty());
}

struct Wrong {
    std::string name;
    std::function<void(Sale& sale)> make;
    std::string finding;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.name;
}

class AuditorOfWrong : public testing::TestWithParam<Wrong> {};

TEST_P(AuditorOfWrong, FindsIt) {
    Sale sale;
    GetParam().make(sale);
    EXPECT_THAT(sale.findings(), Contains(HasSubstr(GetParam().finding)));
}

const std::vector<Wrong> wrongs = {
    {"Lost", [](Sale& sale) { sale.coupon().registered.pop_back(); }, "lost: told issued"},
    {"LostOrder", [](Sale& sale) { sale.seen.orders[0].sequence = 3; }, "order 0: lost"},
    {"ToldTooEarly", [](Sale& sale) { sale.seen.asked[0].answered_at = 90; }, "#0: lost"},
    {"Oversold",
     [](Sale& sale) {
         sale.issue("fay", "", 3, 500);
         sale.issue("gus", "", 4, 510);
     },
     "oversold"},
    {"RankTwice", [](Sale& sale) { sale.coupon().registered[1].rank = 1; }, "its rank is not 1"},
    {"GapInTheStream", [](Sale& sale) { sale.coupon().history[2].sequence = 7; },
     "stands at place"},
    {"SumThatIsNone", [](Sale& sale) { sale.coupon().history[1].stock_after = 2; }, "says stock 2"},
    {"MoreThanTheLimit",
     [](Sale& sale) { sale.coupon().history[2].user = sale.coupon().registered[1].user = "ann"; },
     "duplicate: ann has 2 of 1"},
    {"NumberTwice", [](Sale& sale) { sale.coupon().registered[1].user = "ann"; },
     "duplicate: is ann's 1th"},
    {"KeyTwice",
     [](Sale& sale) {
         sale.coupon().registered[1].user = "ann";
         sale.coupon().registered[1].key = "k1";
     },
     "duplicate: ann's key k1"},
    {"SameOneToTwo", [](Sale& sale) { sale.seen.asked.push_back(sale.seen.asked[0]); },
     "to another request, too"},
    {"OutsideOfTheWindow", [](Sale& sale) { sale.coupon().terms[0].to = 55; }, "of the window"},
    {"NeverAnswered", [](Sale& sale) { sale.seen.asked[2].is_answered = false; }, "#2 was never"},
    {"FailureThatWasWritten",
     [](Sale& sale) {
         sale.seen.asked[1].is_failure = true;
         sale.seen.asked[1].answer = "unavailable";
     },
     "nobody may have been told so"},
    {"FailureWhenAllIsWell", [](Sale& sale) { sale.seen.calm_from = 0; }, "for no reason"},
    {"ExpiredTooEarly", [](Sale& sale) { sale.seen.asked[6].answer = "expired"; },
     "expired for no reason"},
    {"RefusedForAnother", [](Sale& sale) { sale.seen.asked[6].answer = "refused"; },
     "refused for no reason"},
    {"SoldOutThatWasNot", [](Sale& sale) { sale.seen.asked[2].answered_at = 150; },
     "which was not"},
    {"LatchThatStayedShut",
     [](Sale& sale) { sale.seen.asked[3].asked_at = sale.seen.asked[3].answered_at = 420; },
     "which was not"},
    {"EndedThatHadNot", [](Sale& sale) { sale.seen.asked[2].answer = "coupon-ended"; },
     "which is not so"},
    {"HoldsWhatTheyDoNot", [](Sale& sale) { sale.seen.asked[5].held.clear(); }, "told to hold 0"},
    {"HolderToldSoldOut",
     [](Sale& sale) {
         sale.seen.asked[5].answer = "coupon-sold-out";
         sale.seen.asked[5].held.clear();
     },
     "held as many of coupon 1"},
    {"KeyIgnored", [](Sale& sale) { sale.seen.asked[4].answer = "coupon-already-registered"; },
     "and its key has"},
    {"OtherTerms", [](Sale& sale) { sale.seen.asked[4].terms->name = "cake"; }, "other terms"},
    {"FirstServedLast", [](Sale& sale) { std::swap(sale.seen.asked[0], sale.seen.asked[1]); },
     "who came first"},
    {"FirstRefused", [](Sale& sale) { std::swap(sale.seen.asked[1], sale.seen.asked[2]); },
     "was told sold out"},
    {"OrderWrittenTwice", [](Sale& sale) { sale.append("stocked", 1, "", "order-0", 500); },
     "written twice"},
    {"OrderNobodyGave", [](Sale& sale) { sale.append("stocked", 1, "", "order-9", 500); },
     "nobody ordered"},
    {"WrongSumOfWhatIsLive", [](Sale& sale) { sale.seen.looks[0].stock = 1; }, "came to 1"},
    {"FoldedWrongly",
     [](Sale& sale) {
         sale.coupon().live.erase(sale.coupon().live.begin());
         sale.coupon().live.front().kind = "cumulative";
     },
     "folded wrongly"},
    {"FoldedTwice",
     [](Sale& sale) {
         FoldRow& run = sale.rows.folds.emplace_back();
         run.finished_at = 1;
         run.events_in = 3;
     },
     "the runs folded 3"},
    {"FoldThatNeverEnds", [](Sale& sale) { sale.rows.folds.emplace_back(); }, "never finished"},
    {"NotFolded", [](Sale& sale) { sale.seen.folded_until = 1'000; }, "was to be folded"},
};

INSTANTIATE_TEST_SUITE_P(Sale, AuditorOfWrong, testing::ValuesIn(wrongs),
                         [](const auto& tested) { return tested.param.name; });

TEST(Auditor, GivesALatchASecondToHearOfAnotherNodesRestock) {
    Sale sale;
    sale.seen.orders[0].node = 1;
    Asked& late = sale.seen.asked[3];
    late.asked_at = late.answered_at = 1'000'400;  // The restock was at 400.
    sale.seen.calm_from = 2'000'000;
    EXPECT_THAT(sale.findings(), IsEmpty());
    late.asked_at = late.answered_at = 1'000'401;
    EXPECT_THAT(sale.findings(), Contains(HasSubstr("which was not")));
    sale.seen.standstills.push_back({.node = 0, .from = 500, .to = 600});
    EXPECT_THAT(sale.findings(), IsEmpty());
}

TEST(Auditor, FindsAHistoryThatWasChanged) {
    const Sale before;
    Sale sale;
    sale.coupon().history[1].user = "eve";
    Findings findings;
    Auditor(sale.rows, sale.seen, findings).audit_history_since(before.rows);
    EXPECT_THAT(findings.kept(), Contains(HasSubstr("history is not what it was")));
}

}  // namespace
}  // namespace dibs::simulation
