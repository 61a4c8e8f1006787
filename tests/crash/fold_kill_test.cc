// Goal: a fold that is killed anywhere, and its successor, too, leaves books that sum to the same,
// and a history that nobody has touched (R6 of the reliability trials).
// Method: a fold over several streams in small steps, with issues and deliveries between them, dies
// at each of its statements and at each of its calls to the disk; the next process dies as well, at
// a place that the seed chooses; the third one finishes. Killed means that what was written is
// there; the same again with the power gone.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "crash/busy_shop.h"
#include "crash/trial.h"
#include "support/sqlite_observer.h"

namespace dibs::crash {
namespace {

using test::DiskCall;
using test::Fate;
using test::Random;

/// What counts the moments at which a process may die.
enum class Moment : std::uint8_t { statement, disk_call };

class FoldKill : public testing::Test {
protected:
    FoldKill() {
        base::log::set_level(base::log::Level::error);
        files_.decide([this](DiskCall, std::string_view) {
            pass(Moment::disk_call);
            return is_dead_ ? Fate::fails : Fate::works;
        });
        observer_.at_each([this] { pass(Moment::statement); });
        BusyShop shop(place_.path(), 5, account_);
        for (int round = 0; round < 2; ++round) shop.do_everything();
        shop.close();
        base_ = files_.disk().copy();
        account_of_base_ = account_;
    }

    void pass(Moment moment) {
        if (moment != counted_ || is_dead_) return;
        ++passed_;
        if (passed_ == dies_at_) is_dead_ = true;
    }

    /// A process that folds, until it dies at the moment of that number; 0: it comes through.
    /// Gives how many moments it has passed.
    std::int64_t live(std::uint64_t seed, std::int64_t dies_at) {
        static_cast<void>(observer_.take_heard());
        passed_ = 0;
        dies_at_ = dies_at;
        place_.show_names();
        {
            BusyShop shop(place_.path(), seed, account_);
            if (shop.open()) shop.fold_beside_issuing();
        }
        dies_at_ = 0;
        is_dead_ = false;
        return passed_;
    }

    bool is_under_way() {
        place_.show_names();
        const auto store = test::must(
            repository::open_store("sqlite:" + place_.path(), {.role = "trial", .call_at = {}}));
        return test::must(store->compactions().find_unfinished()).has_value();
    }

    Findings look() {
        place_.show_names();
        BusyShop shop(place_.path(), 1, account_);
        Findings findings;
        if (const auto opened = shop.open(); !opened) {
            findings.add(&Findings::lost, "it can't be opened: " + opened.failure().what);
            return findings;
        }
        return judge(place_.path(), shop.store(), account_);
    }

    /// Dies at `first`, then somewhere, then comes through; what is found after each.
    Findings die_twice(std::int64_t first, std::optional<test::Remains> remains) {
        files_.disk() = base_.copy();
        account_ = account_of_base_;
        Random random(static_cast<std::uint64_t>(first));
        const std::int64_t second = std::uniform_int_distribution<std::int64_t>(1, 200)(random);
        Findings findings;
        StoreRows before = test::must(read_rows(place_.path()));
        std::uint64_t seed = static_cast<std::uint64_t>(first);
        for (const std::int64_t dies_at : {first, second, std::int64_t{0}}) {
            live(seed++, dies_at);
            if (remains) files_.disk().lose_power(random, *remains);
            findings += look();
            StoreRows after = test::must(read_rows(place_.path()));
            if (!std::ranges::includes(after.history, before.history)) {
                findings.add(&Findings::lost, "a fold has touched the history");
            }
            before = std::move(after);
        }
        EXPECT_FALSE(is_under_way()) << "the third one has finished";
        return findings;
    }

    void sweep(Moment moment, std::int64_t runs_wanted, std::optional<test::Remains> remains) {
        counted_ = moment;
        files_.disk() = base_.copy();
        const std::int64_t count = live(1, 0);
        const bool is_all = setting("DIBS_EVERY_FAULT", 0) != 0;
        const std::int64_t stride =
            is_all ? 1 : std::max<std::int64_t>(1, (count + runs_wanted - 1) / runs_wanted);
        std::int64_t runs = 0;
        for (std::int64_t at = 1 + setting("DIBS_CRASH_SEED", 1) % stride; at <= count;
             at += stride) {
            const Findings findings = die_twice(at, remains);
            ASSERT_TRUE(findings.is_clean())
                << "killed at " << at << " of " << count << ": " << findings.text();
            ++runs;
        }
        fmt::print("{} kills of {} moments, twice each\n", runs, count);
    }

    Moment counted_ = Moment::disk_call;
    std::int64_t passed_ = 0;
    std::int64_t dies_at_ = 0;
    bool is_dead_ = false;
    test::SimulatedSqliteFiles files_;
    test::SqliteObserver observer_;
    TrialPlace place_{files_};
    Account account_;
    Account account_of_base_;
    test::SimulatedDisk base_;
};

TEST_F(FoldKill, AtAnyStatementChangesNoSum) {
    sweep(Moment::statement, 40, std::nullopt);
}
TEST_F(FoldKill, AtAnyCallToTheDiskChangesNoSum) {
    sweep(Moment::disk_call, 40, std::nullopt);
}
TEST_F(FoldKill, AtAnyCallToTheDiskWithThePowerGoneChangesNoSum) {
    sweep(Moment::disk_call, 40, test::Remains::sectors);
}

}  // namespace
}  // namespace dibs::crash
