// Goal: whatever call to the disk fails, and however, nobody is told of what is not kept, and the
// store goes on or says why not (R3 of the reliability trials).
// Method: a scripted run of all that a store does is made once without a fault to count its calls
// to the disk; then again for each of them, with that one failing: with an I/O error, a full disk
// or a write cut short; once, or from there on for good. What was told is held against the store
// twice: after the power went, and after the process was started anew, which sees what the disk may
// not have; then the shop goes on and the power goes. A failed sync leaves what it was about seen
// and never kept, as kernels do. Negative control: a wrapper around the files that swallows failed
// syncs must be found out.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <vector>

#include "base/log.h"
#include "crash/busy_shop.h"
#include "crash/trial.h"

namespace dibs::crash {
namespace {

using test::DiskCall;
using test::Fate;
using test::Random;
using test::Remains;

/// Which call fails, and how.
struct Fault {
    std::int64_t at = -1;  ///< The calls of the script, from 0; none if below.
    Fate fate = Fate::fails;
    bool is_for_good = false;

    /// How to repeat it, with the test that found it.
    [[nodiscard]] std::string text() const { return fmt::format("DIBS_FAULT_AT={}", at); }
};

/// The scripted run with one fault, and the looks after it.
class FaultyRun {
public:
    explicit FaultyRun(const Fault& fault) : fault_(fault) {
        // The same bytes each time, so that the n-th call is the same call.
        sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 1, nullptr);
        shop_.on_acknowledged = [this] {
            if (is_to_be_read_anew_) {
                findings_.add(&Findings::lost,
                              "acknowledged after a failed sync of the log, and "
                              "the store was not read since");
            }
        };
    }

    /// What was found; empty, if there was no fault to it.
    Findings findings() {
        files_.decide([&](DiskCall call, std::string_view file) { return fate(call, file); });
        for (int round = 0; round < 2; ++round) {
            place_.show_names();
            shop_.do_everything();
        }
        shop_.let_readers_go();
        is_healed_ = true;
        // On every other call, so that both are tried on either side of each.
        if (fault_.at % 2 == 0) {
            shop_.close();
            start("started anew");
        }
        for (int i = 0; i < 6 && findings_.is_clean(); ++i) shop_.do_something();
        shop_.close();
        Random random(static_cast<std::uint64_t>(fault_.at));
        const bool is_kind = fault_.at % 3 == 0;
        files_.disk().lose_power(random, is_kind ? Remains::sectors : Remains::nothing);
        start("after the power went");
        shop_.close();
        findings_ += shop_.told_wrong();
        if (!findings_.is_clean()) {
            findings_.what.insert(findings_.what.begin(),
                                  fmt::format("{}: {} of {}", fault_.text(),
                                              test::name_of(struck_call_), struck_file_));
        }
        return findings_;
    }

    [[nodiscard]] std::int64_t failed_deeds() const { return shop_.failed_count(); }
    [[nodiscard]] bool has_struck() const { return !struck_file_.empty(); }
    [[nodiscard]] const std::vector<DiskCall>& calls() const { return calls_; }

private:
    void start(const std::string& when) {
        place_.show_names();
        const auto opened = shop_.open();
        Findings found;
        if (opened) {
            found = judge(place_.path(), shop_.store(), account_);
        } else {
            found.add(&Findings::lost, "it can't be opened: " + opened.failure().what);
        }
        if (!found.is_clean()) found.what.insert(found.what.begin(), when);
        findings_ += found;
    }

    Fate fate(DiskCall call, std::string_view file) {
        const bool opens_store = call == DiskCall::open && file == place_.path();
        if (is_healed_) {
            if (opens_store) is_to_be_read_anew_ = false;
            return Fate::works;
        }
        const auto number = static_cast<std::int64_t>(calls_.size());
        calls_.push_back(call);
        const bool is_struck =
            fault_.at >= 0 && (fault_.is_for_good ? number >= fault_.at : number == fault_.at);
        // A disk that is full for good is still read, and syncs what it has.
        const bool is_about_room = fault_.fate == Fate::is_full || fault_.fate == Fate::writes_half;
        if (!is_struck || (number > fault_.at && is_about_room && call != DiskCall::write)) {
            if (opens_store) is_to_be_read_anew_ = false;
            return Fate::works;
        }
        if (number == fault_.at) {
            struck_call_ = call;
            struck_file_ = file.empty() ? "a temporary file" : file.substr(file.rfind('/') + 1);
        }
        const bool is_swallowed = fault_.fate == Fate::swallows;
        if (is_swallowed) return call == DiskCall::sync ? Fate::swallows : Fate::works;
        if (call == DiskCall::sync && place_.is_log(file)) is_to_be_read_anew_ = true;
        return fault_.fate;
    }

    const Fault fault_;
    Findings findings_;
    bool is_healed_ = false;
    std::vector<DiskCall> calls_;
    DiskCall struck_call_ = DiskCall::open;
    std::string struck_file_;
    bool is_to_be_read_anew_ = false;
    test::SimulatedSqliteFiles files_;
    TrialPlace place_{files_};
    Account account_;
    BusyShop shop_{place_.path(), 7, account_};
};

class IoFaults : public testing::Test {
protected:
    IoFaults() { base::log::set_level(base::log::Level::error); }

    /// The calls of the run without a fault.
    static std::vector<DiskCall> calls_of_the_script() {
        FaultyRun run({});
        const Findings findings = run.findings();
        EXPECT_TRUE(findings.is_clean()) << findings.text();
        EXPECT_EQ(run.failed_deeds(), 0);
        return run.calls();
    }

    /// Each call that `is_meant` fails in turn; of them every `stride`-th, from one that the seed
    /// chooses.
    struct Sweep {
        Findings findings;
        std::int64_t runs = 0;
        std::int64_t refused_deeds = 0;
    };
    template <typename IsMeant>
    static Sweep sweep(Fate fate, bool is_for_good, std::int64_t runs_wanted, IsMeant is_meant) {
        std::vector<std::int64_t> places;
        const std::vector<DiskCall> calls = calls_of_the_script();
        for (std::size_t i = 0; i < calls.size(); ++i) {
            if (is_meant(calls[i])) places.push_back(static_cast<std::int64_t>(i));
        }
        if (const std::int64_t only = setting("DIBS_FAULT_AT", -1); only >= 0) places = {only};
        const bool is_all = setting("DIBS_EVERY_FAULT", 0) != 0;
        const auto count = static_cast<std::int64_t>(places.size());
        // Odd, so that calls of either parity are struck: they are looked at in two ways.
        const std::int64_t stride = is_all ? 1 : count / runs_wanted | 1;
        const std::int64_t first = is_all ? 0 : setting("DIBS_CRASH_SEED", 1) % stride;
        Sweep swept;
        for (std::int64_t i = first; i < count; i += stride) {
            FaultyRun run({places[static_cast<std::size_t>(i)], fate, is_for_good});
            swept.findings += run.findings();
            swept.refused_deeds += run.failed_deeds();
            EXPECT_TRUE(run.has_struck());
            ++swept.runs;
        }
        return swept;
    }
    template <typename IsMeant>
    static void expect_clean(const char* name, Fate fate, bool is_for_good, std::int64_t runs,
                             IsMeant is_meant) {
        const Sweep swept = sweep(fate, is_for_good, runs, is_meant);
        EXPECT_TRUE(swept.findings.is_clean()) << swept.findings.text();
        EXPECT_GT(swept.runs, 0);
        EXPECT_GT(swept.refused_deeds, 0) << "the faults were felt";
        fmt::print("{}: {} runs, {} deeds failed, {}\n", name, swept.runs, swept.refused_deeds,
                   swept.findings.text());
    }
};

bool is_any(DiskCall) {
    return true;
}
bool is_write(DiskCall call) {
    return call == DiskCall::write;
}
bool is_sync(DiskCall call) {
    return call == DiskCall::sync;
}

TEST_F(IoFaults, AnErrorOnceLosesNothing) {
    expect_clean("an I/O error, once", Fate::fails, false, 100, is_any);
}
TEST_F(IoFaults, AnErrorForGoodLosesNothing) {
    expect_clean("I/O errors, for good", Fate::fails, true, 60, is_any);
}
TEST_F(IoFaults, AFailedSyncOnceLosesNothing) {
    expect_clean("a sync that fails, once", Fate::fails, false, 40, is_sync);
}
TEST_F(IoFaults, AFullDiskOnceLosesNothing) {
    expect_clean("no room, once", Fate::is_full, false, 40, is_write);
}
TEST_F(IoFaults, AFullDiskForGoodLosesNothing) {
    expect_clean("no room, for good", Fate::is_full, true, 30, is_write);
}
TEST_F(IoFaults, AWriteCutShortOnceLosesNothing) {
    expect_clean("a write cut short, once", Fate::writes_half, false, 40, is_write);
}
TEST_F(IoFaults, WritesCutShortForGoodLoseNothing) {
    expect_clean("writes cut short, for good", Fate::writes_half, true, 30, is_write);
}

// Negative control.
TEST_F(IoFaults, AreFoundOutWhereAFailedSyncIsSwallowed) {
    const Sweep swept = sweep(Fate::swallows, false, 40, is_sync);
    EXPECT_GT(swept.findings.lost, 0) << "in " << swept.runs << " runs";
}

}  // namespace
}  // namespace dibs::crash
