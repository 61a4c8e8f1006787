// Goal: whatever was acknowledged is there when the power comes back, wherever it went (R2 of the
// reliability trials).
// Method: production code on a simulated disk, on which only what was synced is certain. At a
// change of the disk that a seed chooses the power goes: of the rest any part remains, in any
// order, torn by sectors; then the store is opened anew, held against the account of all answers,
// and verified. Several times over on the same disk, also while it is being opened. Negative
// controls: a disk whose syncs lie, one that fails them and says nothing, and SQLite told not to
// sync; each of them must be found out.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>

#include "base/log.h"
#include "crash/busy_shop.h"
#include "crash/trial.h"

namespace dibs::crash {
namespace {

using test::DiskCall;
using test::Fate;
using test::Random;
using test::Remains;

// choice: some recoveries upon one another, and a store that stays small.
constexpr std::int64_t cuts_per_store = 5;

// choice: more than any cut here takes.
constexpr int deeds_max = 5'000;

/// What is wrong with the machine, for the negative controls.
enum class Flaw : std::uint8_t { none, syncs_lie, sync_failures_are_swallowed, does_not_sync };

struct Told {
    Findings findings;
    std::int64_t cuts = 0;
    std::int64_t deeds = 0;
    std::size_t acknowledged = 0;
    std::uint64_t checkpoints = 0;
};

sqlite3* newest_connection = nullptr;

int remember(sqlite3* connection, char**, const sqlite3_api_routines*) {
    // The writer is the first one that a store opens and keeps.
    newest_connection = connection;
    return SQLITE_OK;
}

/// While it is there, the shop's writer commits without a sync.
class NoSyncing {
public:
    NoSyncing() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(remember)); }
    ~NoSyncing() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(remember)); }
    NoSyncing(const NoSyncing&) = delete;
    NoSyncing& operator=(const NoSyncing&) = delete;

    static void take_effect() {
        sqlite3_exec(newest_connection, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
    }
};

/// One store's life, cut short several times.
class Life {
public:
    Life(std::uint64_t seed, Flaw flaw) : seed_(seed), flaw_(flaw), random_(seed) {
        sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed), nullptr);
        if (flaw_ == Flaw::does_not_sync) shop_.on_opened = NoSyncing::take_effect;
    }

    /// Lives until the power goes, and finds what is left. Whether the store could be opened.
    bool go_on(Told& told) {
        const std::int64_t cut_after = some(0, 3) == 0 ? some(0, 60) : some(0, 2'000);
        files_.decide([&](DiskCall call, std::string_view file) { return fate(call, file); });
        changes_left_ = cut_after;
        // Bounded, because a store that a flaw has ruined changes nothing any more.
        for (int deeds = 0; !is_off_ && deeds < deeds_max; ++deeds) {
            place_.show_names();
            shop_.do_something();
        }
        is_off_ = true;
        shop_.close();

        constexpr auto all = std::to_array(
            {Remains::nothing, Remains::all, Remains::writes, Remains::sectors, Remains::sectors});
        const Remains remains = all.at(static_cast<std::size_t>(some(0, all.size() - 1)));
        files_.disk().lose_power(random_, remains);
        is_off_ = false;
        files_.decide(nullptr);
        place_.show_names();
        return look(told, fmt::format("seed {}, cut {} after {} changes, remains {}", seed_,
                                      told.cuts, cut_after, static_cast<int>(remains)));
    }

private:
    bool look(Told& told, const std::string& where) {
        ++told.cuts;
        Findings findings;
        const auto opened = shop_.open();
        if (opened) {
            findings = judge(place_.path(), shop_.store(), account_);
        } else {
            findings.add(&Findings::lost, "it can't be opened: " + opened.failure().what);
        }
        findings += shop_.told_wrong();
        if (!findings.is_clean()) findings.what.insert(findings.what.begin(), where);
        told.findings += findings;
        told.deeds = shop_.deed_count();
        told.acknowledged = account_.acknowledged();
        told.checkpoints = shop_.checkpoint_count();
        return findings.is_clean();
    }

    Fate fate(DiskCall call, std::string_view) {
        if (is_off_) return Fate::fails;
        if (test::is_change(call) && changes_left_-- == 0) {
            is_off_ = true;
            return Fate::fails;
        }
        if (call != DiskCall::sync) return Fate::works;
        if (flaw_ == Flaw::syncs_lie) return Fate::lies;
        // Now and then, so that what was not written lies between what was.
        if (flaw_ == Flaw::sync_failures_are_swallowed && some(0, 20) == 0) return Fate::swallows;
        return Fate::works;
    }

    std::int64_t some(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }

    const std::uint64_t seed_;
    const Flaw flaw_;
    Random random_;
    std::int64_t changes_left_ = 0;
    bool is_off_ = false;
    test::SimulatedSqliteFiles files_;
    TrialPlace place_{files_};
    Account account_;
    BusyShop shop_{place_.path(), seed_, account_};
};

/// Lives until so many cuts were survived, or the first store that has lost something.
Told try_cuts(std::int64_t cuts, std::uint64_t first_seed, Flaw flaw) {
    base::log::set_level(base::log::Level::error);
    Told all;
    for (std::uint64_t seed = first_seed; all.cuts < cuts; ++seed) {
        Told told;
        Life life(seed, flaw);
        while (told.cuts < cuts_per_store && all.cuts + told.cuts < cuts) {
            if (!life.go_on(told)) break;
        }
        all.findings += told.findings;
        all.cuts += told.cuts;
        all.deeds += told.deeds;
        all.acknowledged += told.acknowledged;
        all.checkpoints += told.checkpoints;
    }
    return all;
}

std::uint64_t first_seed() {
    return static_cast<std::uint64_t>(setting("DIBS_CRASH_SEED", 1));
}

TEST(PowerLoss, LosesNothingThatWasAcknowledged) {
    const Told told = try_cuts(setting("DIBS_POWER_CUTS", 30), first_seed(), Flaw::none);
    EXPECT_TRUE(told.findings.is_clean())
        << told.findings.text()
        << "\nto repeat: DIBS_CRASH_SEED=<seed> DIBS_POWER_CUTS=" << cuts_per_store;
    EXPECT_GT(told.acknowledged, static_cast<std::size_t>(told.cuts)) << "there was what to lose";
    EXPECT_GT(told.checkpoints, 0U) << "the log was copied beside the work";
    fmt::print("{} power cuts, {} deeds, {} checkpoints, {} acknowledged: {}\n", told.cuts,
               told.deeds, told.checkpoints, told.acknowledged, told.findings.text());
}

// Negative controls: the same trial finds out whoever doesn't keep the promise.

TEST(PowerLoss, IsFoundOutWhereADiskLiesAboutItsSyncs) {
    const Told told = try_cuts(10, first_seed(), Flaw::syncs_lie);
    EXPECT_GT(told.findings.lost, 0) << "in " << told.cuts << " cuts";
}

TEST(PowerLoss, IsFoundOutWhereAFailedSyncIsSwallowed) {
    const Told told = try_cuts(10, first_seed(), Flaw::sync_failures_are_swallowed);
    EXPECT_GT(told.findings.lost, 0) << "in " << told.cuts << " cuts";
}

TEST(PowerLoss, IsFoundOutWhereSqliteIsToldNotToSync) {
    const NoSyncing no_syncing;
    const Told told = try_cuts(5, first_seed(), Flaw::does_not_sync);
    EXPECT_GT(told.findings.lost, 0) << "in " << told.cuts << " cuts";
}

}  // namespace
}  // namespace dibs::crash
