// Goal: a byte that is no more what was written is found, or does no harm; never is a stock, or who
// holds what, silently another (R15 of the reliability trials).
// Method: a store of every kind of row, once as a process leaves it in order and once with its log,
// as a kill leaves it. One bit of every k-th byte is turned; then the store is opened, read and
// verified by production code. Whatever is not refused, and not found by `verify`, must read as
// before.
// Negative control: a stock that is turned in a page whose place is known must be found.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "crash/busy_shop.h"
#include "crash/trial.h"

namespace dibs::crash {
namespace {

/// What a turned bit came to.
enum class Outcome : std::uint8_t {
    refused,   ///< The store doesn't open.
    unread,    ///< Something can't be read, and says so.
    verified,  ///< `verify` found it.
    harmless,  ///< Everything is as it was.
    words,     ///< A name, a reason or a key is another: no number, no user.
    silent,    ///< A number or a user is another, and nobody noticed.
};
constexpr std::size_t outcome_count = 6;

struct Tally {
    std::array<std::int64_t, outcome_count> counts{};
    std::vector<std::string> silent;

    [[nodiscard]] std::int64_t of(Outcome outcome) const {
        return counts.at(static_cast<std::size_t>(outcome));
    }
    [[nodiscard]] std::string text() const {
        return fmt::format(
            "refused {}, unreadable {}, found by verify {}, harmless {}, another "
            "word {}, silent {}\n  {}",
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5],
            fmt::join(silent, "\n  "));
    }
};

/// Without what an operator wrote in their own words.
StoreRows without_words(StoreRows rows) {
    for (CouponRow& row : rows.coupons) row.name = row.description = "";
    for (EventRow& row : rows.history) row.reason = "";
    for (EventRow& row : rows.live) row.reason = "";
    for (HolderRow& row : rows.holders) row.key = "";
    return rows;
}

class Corruption : public testing::Test {
protected:
    Corruption() {
        base::log::set_level(base::log::Level::error);
        BusyShop shop(place_.path(), 11, account_);
        for (int round = 0; round < 2; ++round) shop.do_everything();
        shop.let_readers_go();
        truth_ = test::must(read_rows(place_.path()));
        killed_ = files_.disk().copy();
        shop.close();
        closed_ = files_.disk().copy();
    }

    /// Lays this disk in, with one bit turned.
    void lay_in(const test::SimulatedDisk& disk, const std::string& file, std::size_t at) {
        files_.disk() = disk.copy();
        const auto found = files_.disk().find(file);
        const auto bit = static_cast<std::byte>(1U << (at % 8));
        found->seen.at(at) ^= bit;
        found->synced.at(at) ^= bit;
        place_.show_names();
    }

    Outcome look() {
        const auto opened =
            repository::open_store("sqlite:" + place_.path(), {.role = "trial", .call_at = {}});
        if (!opened) return Outcome::refused;
        const auto snapshot = (*opened)->open_snapshot();
        if (!snapshot) return Outcome::unread;
        if (!verify_findings(**snapshot).empty()) return Outcome::verified;
        const auto rows = read_rows(place_.path());
        const auto is_served_truly = is_as_it_was(**opened);
        if (!rows || !is_served_truly) return Outcome::unread;
        if (without_words(*rows) != without_words(truth_) || !*is_served_truly) {
            return Outcome::silent;
        }
        return *rows == truth_ ? Outcome::harmless : Outcome::words;
    }

    /// Whether the service would decide on the stock and the rank that are true; nothing if it
    /// can't read them.
    std::optional<bool> is_as_it_was(repository::Store& store) {
        std::map<std::int64_t, domain::Balance> heads;
        for (const EventRow& event : truth_.history) {
            heads[event.coupon_id] = {domain::Sequence{event.sequence}, event.stock_after,
                                      event.issued_after};
        }
        bool is_true = true;
        for (const auto& [coupon, head] : heads) {
            const auto found = store.coupons().find(domain::CouponId{coupon});
            if (!found) return std::nullopt;
            is_true = is_true && *found && (*found)->balance() == head;
        }
        return is_true;
    }

    Tally sweep(const test::SimulatedDisk& disk, const std::string& file, std::int64_t stride) {
        Tally tally;
        const auto size = static_cast<std::int64_t>(disk.bytes_of(file).size());
        EXPECT_GT(size, 0);
        stride = setting("DIBS_CORRUPTION_STRIDE", stride);
        for (std::int64_t at = setting("DIBS_CRASH_SEED", 1) % stride; at < size; at += stride) {
            lay_in(disk, file, static_cast<std::size_t>(at));
            const Outcome outcome = look();
            ++tally.counts.at(static_cast<std::size_t>(outcome));
            if (outcome == Outcome::silent && tally.silent.size() < 20) {
                tally.silent.push_back(
                    fmt::format("byte {} (page {}, {} within)", at, at / 2'048 + 1, at % 2'048));
            }
        }
        fmt::print("{} bytes of {}, every {}th: {}\n", size, file.substr(file.rfind('/') + 1),
                   stride, tally.text());
        return tally;
    }

    test::SimulatedSqliteFiles files_;
    TrialPlace place_{files_};
    Account account_;
    StoreRows truth_;
    test::SimulatedDisk killed_;  // With its log.
    test::SimulatedDisk closed_;  // Without.
};

// choice: strides that are prime to the page's size and to the length of a row.
TEST_F(Corruption, OfTheDatabaseIsFoundOrHarmless) {
    const Tally tally = sweep(closed_, place_.path(), 61);
    EXPECT_EQ(tally.of(Outcome::silent), 0) << tally.text();
    EXPECT_GT(tally.of(Outcome::verified), 0);
    EXPECT_GT(tally.of(Outcome::refused), 0);
}

TEST_F(Corruption, OfTheDatabaseBesideItsLogIsFoundOrHarmless) {
    const Tally tally = sweep(killed_, place_.path(), 127);
    EXPECT_EQ(tally.of(Outcome::silent), 0) << tally.text();
}

TEST_F(Corruption, OfTheLogIsFoundOrHarmless) {
    const Tally tally = sweep(killed_, place_.log_path(), 97);
    EXPECT_EQ(tally.of(Outcome::silent), 0) << tally.text();
}

}  // namespace
}  // namespace dibs::crash
