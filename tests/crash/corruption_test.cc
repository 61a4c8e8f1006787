// Goal: a byte that is no more what was written is found, or does no harm; never is a stock, or who
// holds what, silently another (R15 of the reliability trials).
// Method: a store of every kind of row, once as a process leaves it in order and once with its log,
// as a kill leaves it. One bit of every k-th byte is turned; then the store is opened, read and
// verified by production code. Whatever is not refused, and not found by `verify`, must read as
// before.
// Negative control: a stock that is turned in a page whose place is known must be found.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "crash/busy_shop.h"
#include "crash/trial.h"
#include "database/sqlite_connection.h"

namespace dibs::crash {
namespace {

/// What a turned bit came to.
enum class Outcome : std::uint8_t {
    refused,   ///< The store doesn't open.
    unread,    ///< Something can't be read, and says so.
    verified,  ///< `verify` found it.
    harmless,  ///< Everything is as it was.
    words,     ///< A name, a reason, a key, an operator's time or a returner is another.
    silent,    ///< A number or a user is another, and nobody noticed.
    undone,    ///< All is as it was before the last commit.
};
constexpr std::size_t outcome_count = 7;

struct Tally {
    std::array<std::int64_t, outcome_count> counts{};
    std::vector<std::string> silent;

    [[nodiscard]] std::int64_t of(Outcome outcome) const {
        return counts.at(static_cast<std::size_t>(outcome));
    }
    [[nodiscard]] std::string text() const {
        return fmt::format(
            "refused {}, unreadable {}, found by verify {}, harmless {}, another "
            "word {}, silent {}, last commit undone {}\n  {}",
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6],
            fmt::join(silent, "\n  "));
    }
};

/// Without what has one record only and tells neither a stock nor who holds what: what an operator
/// wrote in their own words, when they changed the stock, and the user of an event that is no issue
/// (what came back stands with its holder).
StoreRows without_words(StoreRows rows) {
    for (CouponRow& row : rows.coupons) row.name = row.description = "";
    for (auto* const events : {&rows.history, &rows.live}) {
        for (EventRow& row : *events) {
            row.reason = "";
            if (row.kind == "issued") continue;
            row.created_at = 0;
            row.user = "";
        }
    }
    for (HolderRow& row : rows.holders) row.key = "";
    return rows;
}

/// The first event of the history that is another, before and after.
std::string first_event(const StoreRows& truth, const StoreRows& found) {
    const auto [before, after] = std::ranges::mismatch(truth.history, found.history);
    if (before == truth.history.end() || after == found.history.end()) return {};
    const auto show = [](const EventRow& row) {
        return fmt::format(" {}-{} {} {:+} ({}, {}) {} {} {}", row.coupon_id, row.sequence,
                           row.kind, row.amount, row.stock_after, row.issued_after, row.user,
                           row.reason, row.created_at);
    };
    return show(*before) + " →" + show(*after);
}

/// The first row that is another.
std::string first_difference(const StoreRows& truth, const StoreRows& found) {
    const auto differ = [](const auto& before, const auto& after, const char* name) {
        if (before == after) return std::string();
        std::size_t i = 0;
        while (i < before.size() && i < after.size() && before[i] == after[i]) ++i;
        return fmt::format("{} {} of {}, {} found", name, i, before.size(), after.size());
    };
    return differ(truth.coupons, found.coupons, "coupon") +
           differ(truth.history, found.history, " history") +
           differ(truth.live, found.live, " live") +
           differ(truth.holders, found.holders, " holder") + first_event(truth, found);
}

class Corruption : public testing::Test {
protected:
    Corruption() {
        base::log::set_level(base::log::Level::error);
        BusyShop shop(place_.path(), 11, account_);
        for (int round = 0; round < 2; ++round) shop.do_everything();
        shop.let_readers_go();
        truth_before_the_last_ = test::must(read_rows(place_.path()));
        last_commit_at_ = files_.disk().bytes_of(place_.log_path()).size();
        const domain::CouponId coupon{account_.coupons().front()};
        test::must(shop.store().coupons().change_stock(coupon, domain::InventoryKind::stocked, 1,
                                                       "the last one", test::noon));
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
            difference_ = first_difference(truth_, *rows);
            return *rows == truth_before_the_last_ ? Outcome::undone : Outcome::silent;
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

    /// The bytes of the file from `from` to `to`, or to its end.
    Tally sweep(const test::SimulatedDisk& disk, const std::string& file, std::int64_t stride,
                std::size_t from = 0, std::size_t to = std::string::npos) {
        Tally tally;
        const auto size = static_cast<std::int64_t>(std::min(to, disk.bytes_of(file).size()));
        EXPECT_GT(size, 0);
        stride = setting("DIBS_CORRUPTION_STRIDE", stride);
        const auto first = static_cast<std::int64_t>(from) + setting("DIBS_CRASH_SEED", 1) % stride;
        for (std::int64_t at = first; at < size; at += stride) {
            lay_in(disk, file, static_cast<std::size_t>(at));
            const Outcome outcome = look();
            ++tally.counts.at(static_cast<std::size_t>(outcome));
            if (outcome == Outcome::silent && tally.silent.size() < 20) {
                tally.silent.push_back(fmt::format("byte {} (page {}, {} within): {}", at,
                                                   at / 2'048 + 1, at % 2'048, difference_));
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
    StoreRows truth_before_the_last_;  // Commit.
    std::size_t last_commit_at_ = 0;   // In the log.
    std::string difference_;
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
    const Tally tally = sweep(killed_, place_.log_path(), 97, 0, last_commit_at_);
    EXPECT_EQ(tally.of(Outcome::silent), 0) << tally.text();
    EXPECT_EQ(tally.of(Outcome::undone), 0) << tally.text();
    EXPECT_GT(tally.of(Outcome::refused), 0);
}

TEST_F(Corruption, OfTheLogsLastCommitUndoesItWholly) {
    // It is as a power cut in the middle of the commit would have left it, and can't be told apart.
    const Tally tally = sweep(killed_, place_.log_path(), 97, last_commit_at_);
    EXPECT_EQ(tally.of(Outcome::silent), 0) << tally.text();
    EXPECT_GT(tally.of(Outcome::undone), 0);
}

TEST_F(Corruption, OfTheLogIsToldToWhoeverVerifiesAndCanBeGivenUp) {
    const std::string url = "sqlite:" + place_.path();
    lay_in(killed_, place_.log_path(), last_commit_at_ / 2);
    const auto verified = repository::open_store_for_audit(url);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.failure().kind, base::FailureKind::corrupted);
    EXPECT_THAT(verified.failure().what, testing::HasSubstr("wal_checkpoint(TRUNCATE)"));

    {  // As that line says.
        auto shell = test::must(database::SqliteConnection::open(
            place_.path(), database::SqliteConnection::Mode::write));
        test::must(shell.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    const auto store = test::must(repository::open_store(url, {.role = "trial", .call_at = {}}));
    EXPECT_THAT(verify_findings(*test::must(store->open_snapshot())), testing::IsEmpty());
    const StoreRows rows = test::must(read_rows(place_.path()));
    EXPECT_LT(rows.history.size(), truth_.history.size()) << "what could not be read is given up";
    EXPECT_TRUE(std::ranges::includes(truth_.history, rows.history)) << "and nothing else";
}

// Negative control: what `verify` is for, in the very bytes of a row.
TEST_F(Corruption, OfAnAmountOrAStockIsFound) {
    const std::vector<std::byte> bytes = closed_.bytes_of(place_.path());
    const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    // SQLite's record: the kind's text, the amount and the stock in a byte each, how many were
    // issued (no byte for none), and the reason's text. Rows that were folded may still lie where
    // nobody reads them.
    constexpr std::string_view kind = "stocked";
    std::int64_t found = 0;
    for (std::size_t at = all.find(kind); at != std::string_view::npos;
         at = all.find(kind, at + 1)) {
        const std::size_t amount = at + kind.size();
        const bool is_row = all.substr(amount + 2).starts_with("created") ||
                            all.substr(amount + 3).starts_with("a reason of");
        if (!is_row) continue;
        for (const std::size_t column : {amount, amount + 1}) {
            lay_in(closed_, place_.path(), column);
            const Outcome outcome = look();
            EXPECT_TRUE(outcome == Outcome::verified || outcome == Outcome::harmless);
            if (outcome == Outcome::verified) ++found;
        }
    }
    EXPECT_GE(found, 4);
}

}  // namespace
}  // namespace dibs::crash
