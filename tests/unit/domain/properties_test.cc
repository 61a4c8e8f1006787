// Goal: whatever happens to a coupon in whatever order, the domain says what the rules say, and
// folding never changes what the books come to.
// Method: random sequences of stocking, adjusting, asking, taking back and folding, held after each
// step against a reference that shares no code with src/domain/. RapidCheck prints the seed and the
// shortest sequence that fails.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <numeric>

#include "domain/coupon.h"
#include "domain/period_coupon_inventory_list.h"
#include "support/builders.h"
#include "unit/domain/reference_books.h"

namespace dibs::domain {
namespace {

using test::noon;

enum class Deed : std::uint8_t { stock, adjust, ask, take_back, fold };

/// Something that happens to a coupon. Every deed reads of the numbers what it needs.
struct Step {
    Deed deed = Deed::ask;
    int who = 0;
    int key = 0;     // 0: none.
    int at = 0;      // Ticks from noon; the window is 0 to 20.
    int amount = 1;  // Of a change; the place of what is taken back; how much is folded.
};

void showValue(const Step& step, std::ostream& out) {
    constexpr const char* names[] = {"stock", "adjust", "ask", "take_back", "fold"};
    out << "{" << names[static_cast<std::size_t>(step.deed)] << " who " << step.who << " key "
        << step.key << " at " << step.at << " amount " << step.amount << "}";
}

rc::Gen<Step> any_step() {
    return rc::gen::build<Step>(
        rc::gen::set(&Step::deed, rc::gen::weightedElement<Deed>({{3, Deed::stock},
                                                                  {2, Deed::adjust},
                                                                  {12, Deed::ask},
                                                                  {3, Deed::take_back},
                                                                  {2, Deed::fold}})),
        rc::gen::set(&Step::who, rc::gen::inRange(0, 4)),
        rc::gen::set(&Step::key, rc::gen::inRange(0, 4)),
        rc::gen::set(&Step::at, rc::gen::inRange(-3, 24)),
        rc::gen::set(&Step::amount, rc::gen::inRange(-6, 7)));
}

std::int64_t total_of(const std::vector<CouponInventory>& events) {
    return std::accumulate(
        events.begin(), events.end(), std::int64_t{0},
        [](std::int64_t sum, const CouponInventory& event) { return sum + event.amount; });
}

/// A coupon with its books in memory beside the reference; each step is done to both.
class Trial {
public:
    explicit Trial(std::int64_t limit)
        : books_{.limit = limit, .from = 0, .to = 20},
          coupon_(test::a_coupon().limit(limit).from(noon).to(noon + 20 * test::one_tick).open()) {}

    void take(const Step& step) {
        switch (step.deed) {
            case Deed::stock: change(InventoryKind::stocked, std::abs(step.amount) + 1); break;
            case Deed::adjust:
                change(InventoryKind::adjusted, step.amount == 0 ? -1 : step.amount);
                break;
            case Deed::ask: ask(step); break;
            case Deed::take_back: take_back(static_cast<std::size_t>(std::abs(step.amount))); break;
            case Deed::fold: fold_some(static_cast<std::size_t>(std::abs(step.amount))); break;
        }
        compare();
    }

private:
    void change(InventoryKind kind, std::int64_t amount) {
        const auto event = coupon_.change_stock(kind, amount, "", noon);
        RC_ASSERT(event.has_value() == books_.change(amount));
        if (event) live_.push_back(*event);
    }

    void ask(const Step& step) {
        const std::string who = "user-" + std::to_string(step.who);
        const std::string key = step.key == 0 ? "" : "key-" + std::to_string(step.key);
        test::Asking asking(who, noon + step.at * test::one_tick);
        if (!key.empty()) asking.idempotency_key = test::key(key);

        const auto& held = held_[who];
        const IssueDecision decision = coupon_.register_(asking.request(), held);
        RC_ASSERT(std::string(name_of(decision.outcome)) == books_.ask(who, key, step.at));
        RC_ASSERT(decision.create.has_value() == (decision.outcome == IssueOutcome::issued));
        if (!decision.create) return;
        RC_ASSERT(decision.create->rank == books_.issued());
        RC_ASSERT(decision.create->nth == books_.nth);
        RC_ASSERT(decision.create->stock_after == books_.stock());
        RC_ASSERT(decision.create->sequence.value ==
                  static_cast<std::int64_t>(books_.lines.size()));
        held_[who].push_back(to_registered(*decision.create));
        live_.push_back({.coupon_id = decision.create->coupon_id,
                         .sequence = decision.create->sequence,
                         .kind = InventoryKind::issued,
                         .amount = -1,
                         .stock_after = decision.create->stock_after,
                         .issued_after = decision.create->rank,
                         .user_id = asking.user_id,
                         .reason = {},
                         .created_at = decision.create->registered_at});
    }

    /// Takes back the one at that place among all that are still active.
    void take_back(std::size_t place) {
        for (auto& [who, held] : held_) {
            for (RegisteredCoupon& one : held) {
                if (one.status != RegistrationStatus::active || place-- > 0) continue;
                books_.take_back(static_cast<std::size_t>(one.sequence.value - 1));
                live_.push_back(coupon_.take_back(one, "", noon));
                one.status = RegistrationStatus::returned;
                return;
            }
        }
    }

    /// Folds the beginning of the live stream, as a compaction does.
    void fold_some(std::size_t count) {
        count = std::min(count, live_.size());
        if (count == 0) return;
        const auto end = live_.begin() + static_cast<std::ptrdiff_t>(count);
        const std::int64_t total = total_of(live_);
        const auto folded = PeriodCouponInventoryList({live_.begin(), end}).reduce_to_cumulative();
        RC_ASSERT(folded.is_ok());
        RC_ASSERT(folded->size() == 1U);
        RC_ASSERT(folded->front().sequence == (end - 1)->sequence);
        live_.erase(live_.begin(), end);
        live_.insert(live_.begin(), folded->front());
        RC_ASSERT(total_of(live_) == total);
    }

    void compare() const {
        RC_ASSERT(coupon_.balance().stock == books_.stock());
        RC_ASSERT(coupon_.balance().issued == books_.issued());
        RC_ASSERT(coupon_.balance().head.value == static_cast<std::int64_t>(books_.lines.size()));
        RC_ASSERT(total_of(live_) == books_.stock());
        Balance balance;
        for (const CouponInventory& event : live_) balance = fold(balance, event);
        RC_ASSERT(balance == coupon_.balance());
        if (!live_.empty()) RC_ASSERT(live_.back().balance_after() == coupon_.balance());
    }

    ReferenceBooks books_;
    Coupon coupon_;
    std::vector<CouponInventory> live_;
    std::map<std::string, std::vector<RegisteredCoupon>> held_;
};

RC_GTEST_PROP(Properties, WhateverHappensTheDomainSaysWhatTheRulesSay, ()) {
    const auto limit = *rc::gen::inRange(1, 4);
    const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
    Trial trial(limit);
    // Something in stock, so that not every sequence begins with being sold out.
    trial.take({.deed = Deed::stock, .amount = *rc::gen::inRange(0, 5)});
    for (const Step& step : steps) trial.take(step);
}

/// A good stream of a coupon: every amount fits.
std::vector<CouponInventory> any_stream(std::int64_t coupon_id) {
    auto stream = test::stream(coupon_id);
    std::int64_t stock = 0;
    for (const int amount : *rc::gen::container<std::vector<int>>(rc::gen::inRange(-9, 10))) {
        if (amount == -1 && stock > 0) {
            stream.issued("alice");
        } else if (amount < 0 && stock + amount >= 0) {
            stream.adjusted(amount);
        } else {
            stream.stocked(std::abs(amount) + 1);
        }
        stock = stream.events().back().stock_after;
    }
    return stream.events();
}

RC_GTEST_PROP(Properties, FoldingInPiecesIsFoldingAtOnce, ()) {
    const auto events = any_stream(1);
    RC_PRE(!events.empty());
    const auto at_once = PeriodCouponInventoryList(events).reduce_to_cumulative();
    RC_ASSERT(at_once.is_ok());

    std::vector<CouponInventory> live;
    std::size_t next = 0;
    while (next < events.size()) {
        const std::size_t more = *rc::gen::inRange<std::size_t>(1, 5);
        for (std::size_t i = 0; i < more && next < events.size(); ++i) {
            live.push_back(events[next++]);
        }
        auto folded = PeriodCouponInventoryList(live).reduce_to_cumulative();
        RC_ASSERT(folded.is_ok());
        live = *std::move(folded);
    }
    RC_ASSERT(live == *at_once);
}

RC_GTEST_PROP(Properties, AnyNumberThatIsWrongIsFound, ()) {
    auto events = any_stream(1);
    RC_PRE(!events.empty());
    CouponInventory& spoilt = events[*rc::gen::inRange<std::size_t>(0, events.size())];
    const std::int64_t error = *rc::gen::nonZero<std::int8_t>();
    switch (*rc::gen::inRange(0, 4)) {
        case 0: spoilt.amount += error; break;
        case 1: spoilt.stock_after += error; break;
        case 2: spoilt.issued_after += error; break;
        default: spoilt.sequence.value += error; break;
    }
    RC_ASSERT(!PeriodCouponInventoryList(events).reduce_to_cumulative().is_ok());
}

RC_GTEST_PROP(Properties, ARegistrationIdHasOneSpelling, (const std::string& noise)) {
    const RegistrationId id{CouponId{*rc::gen::inRange<std::int64_t>(1, number_max)},
                            Sequence{*rc::gen::inRange<std::int64_t>(1, number_max)}};
    RC_ASSERT(RegistrationId::parse(id.text()) == id);
    // Whatever else is read spells itself again, byte for byte.
    auto text = id.text();
    text.insert(*rc::gen::inRange<std::size_t>(0, text.size() + 1), noise);
    const auto parsed = RegistrationId::parse(text);
    if (parsed) RC_ASSERT(parsed->text() == text);
}

}  // namespace
}  // namespace dibs::domain
