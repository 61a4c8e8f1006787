#include "load/disk_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "database/sqlite_connection.h"
#include "load/announced_coupon.h"
#include "load/bare_store.h"
#include "load/in_turn.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::SqliteConnection;

namespace {

// choice: half a million issues make the trees three levels deep, as they are in a year's store.
constexpr std::size_t disk_group_count = 2'000;
constexpr std::size_t groups_in_short = 20;
constexpr std::size_t disk_group_size = 256;

// choice: what is below a byte for each issue does not grow with them.
constexpr double least_bytes = 1;

/// What a table or an index occupies.
struct Occupied {
    double bytes = 0;
    double payload_bytes = 0;  ///< Of these, what is neither empty nor the tree's own.
};

/// Copies the log into the database and looks at every page of it.
Result<std::map<std::string, Occupied>> read_pages(const std::string& path) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Mode::write);
    if (!connection) return connection.failure();
    // The first of the three numbers that it gives says whether somebody was in the way.
    const auto busy = connection->read_integer("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy) return busy.failure();
    if (*busy != 0) return Failure{FailureKind::unavailable, "the log could not be copied"};
    auto statement = connection->prepare(
        "SELECT name, sum(pgsize), sum(payload) FROM dbstat GROUP BY name ORDER BY name");
    if (!statement) return statement.failure();
    std::map<std::string, Occupied> occupied;
    while (true) {
        const auto row = statement->step();
        if (!row) return row.failure();
        if (!*row) return occupied;
        occupied[std::string(statement->text(0))] = {
            .bytes = static_cast<double>(statement->integer(1)),
            .payload_bytes = static_cast<double>(statement->integer(2))};
    }
}

Result<void> issue_all(const std::string& url, std::size_t groups) {
    auto store = BareStore::open_at(url);
    if (!store) return store.failure();
    const auto coupon_id = store->offer(endless_stock);
    if (!coupon_id) return coupon_id.failure();
    for (std::size_t i = 0; i < groups; ++i) {
        if (auto issued = store->issue_group(*coupon_id, disk_group_size); !issued) {
            return issued.failure();
        }
        if (auto tidied = store->tidy(); !tidied) return tidied.failure();
    }
    return store->verify();
}

/// One figure for each table and index, the largest first.
std::vector<Figure> page_figures(const std::map<std::string, Occupied>& occupied,
                                 double Occupied::*part, std::string_view of_it, double issues) {
    std::vector<Figure> figures;
    for (const auto& [name, pages] : occupied) {
        if (pages.bytes / issues < least_bytes) continue;
        figures.push_back({.name = fmt::format("`{}`{}", name, of_it),
                           .unit = "bytes",
                           .rounds = {pages.*part / issues}});
    }
    std::ranges::stable_sort(figures, std::ranges::greater(), &Figure::median);
    return figures;
}

}  // namespace

Result<GoalResult> measure_disk_use(const Workshop& workshop) {
    const auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    const std::string path = (folder->path() / "dibs.db").string();
    const std::size_t groups = workshop.form.is_short ? groups_in_short : disk_group_count;
    if (auto issued = issue_all("sqlite:" + path, groups); !issued) return issued.failure();
    const auto occupied = read_pages(path);
    if (!occupied) return occupied.failure();

    const auto issues = static_cast<double>(groups * disk_group_size);
    double sum = 0;
    for (const auto& [name, pages] : *occupied) sum += pages.bytes;
    GoalResult result;
    result.figures = {{.name = "an issue on the disk", .unit = "bytes", .rounds = {sum / issues}}};
    append(result.figures, page_figures(*occupied, &Occupied::bytes, "", issues));
    append(result.figures,
           page_figures(*occupied, &Occupied::payload_bytes, ": its rows alone", issues));
    result.notes.push_back(fmt::format(
        "Counted, not timed, in one run: {} issues of one coupon to users with names of 25 "
        "characters, in groups of 256, none folded yet, the log copied into the database. A fold "
        "takes the live events away; their pages are used again.",
        to_text(issues)));
    return result;
}

}  // namespace dibs::bench
