#include "crash/busy_shop.h"

#include <fmt/format.h>

#include <utility>

#include "base/instant.h"

namespace dibs::crash {

using base::Result;
using domain::CouponId;
using domain::InventoryKind;
using domain::Sequence;

namespace {

constexpr std::size_t coupons_max = 5;  // choice: few, so that most requests meet others.

base::Instant moment_itself(base::Instant now) {
    return now;
}

}  // namespace

BusyShop::BusyShop(std::string path, std::uint64_t seed, Account& account)
    : path_(std::move(path)),
      seed_(seed),
      random_(seed),
      account_(account),
      clock_(test::noon + std::chrono::hours(account.acknowledged())),
      coupons_(account.coupons()) {}

Result<void> BusyShop::open() {
    auto store = repository::open_store("sqlite:" + path_, {.role = "trial", .call_at = {}});
    if (!store) return store.failure();
    store_ = *std::move(store);
    compactions_ = std::make_unique<test::FaultyCompactions>(store_->compactions());
    // Issuing goes on between the steps of a fold.
    compactions_->before(test::FoldStep::next_portion, [this] {
        if (some(0, 2) == 0) issue(static_cast<std::size_t>(some(1, 3)));
        if (some(0, 8) == 0) change_stock();
    });
    // Nobody waits for these workers: what the latch remembers is read in the background, and two
    // threads would make two runs of a seed differ.
    workers_ = std::make_unique<base::Workers>("office", 1, 0);
    latch_ = std::make_unique<issuing::SoldOutLatch>(store_->coupons(), *workers_);
    if (on_opened) on_opened();
    return {};
}

void BusyShop::close() {
    if (store_) checkpoint_count_ += store_->facts().checkpoint_count;
    snapshots_.clear();
    latch_.reset();
    workers_.reset();
    compactions_.reset();
    store_.reset();
}

void BusyShop::do_something() {
    ++deed_count_;
    let_time_pass();
    if (!is_open()) {
        if (!open()) ++failed_count_;
        return;
    }
    const std::int64_t dice = some(1, 100);
    if (coupons_.empty() || dice <= 3) return create();
    if (dice <= 6) return rename();
    if (dice <= 16) return change_stock();
    if (dice <= 24) return take_back();
    if (dice <= 32) return fold(static_cast<std::size_t>(some(1, 25)));
    if (dice <= 40) return read();
    if (dice <= 43) return hold_a_snapshot();
    if (dice <= 48) return snapshots_.clear();
    // Seldom, so that the log grows until it is copied beside the work, too.
    if (dice == 49 && some(1, 4) == 1) return restart();
    issue();
}

void BusyShop::do_everything() {
    using Deed = void (BusyShop::*)();
    static constexpr Deed round[] = {
        &BusyShop::create,       &BusyShop::issue,
        &BusyShop::read,         &BusyShop::change_stock,
        &BusyShop::issue,        &BusyShop::take_back,
        &BusyShop::rename,       &BusyShop::fold_beside_issuing,
        &BusyShop::issue,        &BusyShop::hold_a_snapshot,
        &BusyShop::issue,        &BusyShop::restart,
        &BusyShop::create,       &BusyShop::issue,
        &BusyShop::take_back,    &BusyShop::fold_beside_issuing,
        &BusyShop::change_stock,
    };
    for (const Deed deed : round) {
        ++deed_count_;
        let_time_pass();
        if (!is_open() && !open()) {
            ++failed_count_;
            continue;
        }
        (this->*deed)();
    }
}

void BusyShop::let_time_pass() {
    clock_.advance(std::chrono::milliseconds(some(1, 60'000)));
}

void BusyShop::create() {
    if (coupons_.size() >= coupons_max) return issue();
    const std::string name = fmt::format("coupon-{}-{}", seed_, ++name_count_);
    const std::int64_t limit = some(1, 3);
    const std::int64_t stock = some(0, 1) * some(1, 80);
    const auto created = store_->coupons().create(test::a_coupon()
                                                      .named(name)
                                                      .to(test::noon + std::chrono::hours(10'000))
                                                      .limit(limit)
                                                      .with_stock(stock)
                                                      .create(),
                                                  clock_.now());
    if (!created) {
        if (is_in_doubt(created)) account_.maybe_created(name);
        return;
    }
    const Coupon coupon = created->terms().id.value;
    account_.created(coupon, name, limit);
    if (stock > 0) account_.stock_changed({coupon, 1}, "stocked", stock);
    acknowledged();
    coupons_.push_back(coupon);
}

void BusyShop::rename() {
    const auto coupon = some_coupon();
    if (!coupon) return;
    const std::string name = fmt::format("coupon-{}-{}", seed_, ++name_count_);
    const auto allow = [](const domain::CouponTerms&) { return Result<void>(); };
    const auto patched = store_->coupons().patch(
        CouponId{*coupon}, {.name = name, .description = {}, .from = {}, .to = {}}, allow,
        clock_.now());
    if (!patched) {
        if (is_in_doubt(patched)) account_.maybe_renamed(*coupon, name);
        return;
    }
    account_.renamed(*coupon, name);
    acknowledged();
}

void BusyShop::change_stock() {
    const auto coupon = some_coupon();
    if (!coupon) return;
    const bool is_delivery = some(0, 2) > 0;
    const auto kind = is_delivery ? InventoryKind::stocked : InventoryKind::adjusted;
    const std::int64_t amount = is_delivery ? some(1, 60) : -some(1, 5);
    const std::string name = is_delivery ? "stocked" : "adjusted";
    const auto changed = store_->coupons().change_stock(CouponId{*coupon}, kind, amount,
                                                        "a reason of some length", clock_.now());
    if (!changed) {
        if (is_in_doubt(changed)) account_.maybe_stock_changed(*coupon, name, amount);
        return;
    }
    if (!changed->event) return;
    account_.stock_changed({*coupon, changed->event->sequence.value}, name, amount);
    acknowledged();
    latch_->open(CouponId{*coupon});
}

void BusyShop::take_back() {
    const auto& holders = account_.holders();
    if (holders.empty()) return;
    auto holder = holders.begin();
    std::advance(holder, some(0, static_cast<std::int64_t>(holders.size()) - 1));
    const Account::Place place = holder->first;
    const auto taken = store_->coupons().take_back({CouponId{place.first}, Sequence{place.second}},
                                                   "given back", clock_.now());
    if (!taken) {
        if (is_in_doubt(taken)) account_.maybe_returned(place);
        return;
    }
    if (taken->outcome == repository::TakeBack::Outcome::not_found) {
        told_wrong_.add(&Findings::lost, fmt::format("{}-{} can't be taken back: it isn't there",
                                                     place.first, place.second));
    }
    if (!taken->event) return;
    account_.returned(place, {place.first, taken->event->sequence.value});
    acknowledged();
    latch_->open(CouponId{place.first});
}

void BusyShop::fold_beside_issuing() {
    issue();
    change_stock();
    fold(4);
    issue();
}

void BusyShop::fold(std::size_t step_event_max) {
    service::NoRest no_rest;
    service::CompactionService service(*compactions_, clock_, moment_itself,
                                       {.runs_finished = runs_finished_,
                                        .runs_failed = runs_failed_,
                                        .events_folded = events_folded_,
                                        .step_duration = step_duration_},
                                       step_event_max, no_rest);
    // Whatever becomes of it, nobody may be able to tell by the books.
    if (!service.run(clock_.now(), repository::CompactionTrigger::operators)) ++failed_count_;
}

void BusyShop::read() {
    const auto& holders = account_.holders();
    if (holders.empty()) return;
    auto holder = holders.begin();
    std::advance(holder, some(0, static_cast<std::int64_t>(holders.size()) - 1));
    const auto& [place, row] = *holder;
    const auto found = store_->coupons().find_registered(
        test::user(row.user), {CouponId{place.first}, Sequence{place.second}});
    if (found && (!*found || (*found)->registered.rank != row.rank)) {
        told_wrong_.add(&Findings::lost,
                        fmt::format("{} doesn't find {}-{}", row.user, place.first, place.second));
    }
}

void BusyShop::hold_a_snapshot() {
    auto snapshot = store_->open_snapshot();
    if (snapshot) snapshots_.push_back(*std::move(snapshot));
}

void BusyShop::restart() {
    close();
    if (!open()) ++failed_count_;
}

std::int64_t BusyShop::some(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
}

std::optional<BusyShop::Coupon> BusyShop::some_coupon() {
    if (coupons_.empty()) return std::nullopt;
    return coupons_[static_cast<std::size_t>(
        some(0, static_cast<std::int64_t>(coupons_.size()) - 1))];
}

void BusyShop::acknowledged() {
    if (on_acknowledged) on_acknowledged();
}

}  // namespace dibs::crash
