#include "repository/postgres_durability.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;

Result<PostgresDurability> read_durability(database::PostgresConnection& connection,
                                           base::SteadyInstant deadline) {
    const auto rows =
        connection.run({"SELECT current_setting('synchronous_commit', true),"
                        "       coalesce(current_setting('synchronous_standby_names', true), ''),"
                        "       coalesce(current_setting('fsync', true), 'on'),"
                        "       coalesce(current_setting('full_page_writes', true), 'on')",
                        {}},
                       deadline);
    if (!rows) return rows.failure();
    return PostgresDurability{.synchronous_commit = std::string(rows->text(0, 0)),
                              .synchronous_standby_names = std::string(rows->text(0, 1)),
                              .syncs = rows->text(0, 2) != "off",
                              .writes_full_pages = rows->text(0, 3) != "off"};
}

std::string describe(const PostgresDurability& durability) {
    if (!durability.syncs) {
        return "the server does not sync (fsync=off): what was acknowledged is lost when its "
               "machine stops";
    }
    if (durability.synchronous_commit == "off") {
        return "the server acknowledges before it has synced (synchronous_commit=off): up to a "
               "second of what was acknowledged is lost when it stops";
    }
    std::string text = "synced to the server's disk before it is acknowledged";
    if (durability.synchronous_standby_names.empty() || durability.synchronous_commit == "local") {
        text += ": outlives the server and a power cut, not the loss of its disk";
    } else if (durability.synchronous_commit == "remote_write") {
        text += ", and handed to a standby (" + durability.synchronous_standby_names +
                "): outlives the loss of the server, unless the standby's machine stops with it";
    } else {
        text += ", and by a standby (" + durability.synchronous_standby_names +
                "): outlives the loss of either";
    }
    if (!durability.writes_full_pages) {
        text += "; full_page_writes=off needs a file system that never tears a page";
    }
    return text;
}

Result<void> check_durability(const PostgresDurability& durability, bool allows_fsync_off) {
    if (!durability.syncs && !allows_fsync_off) {
        return Failure{FailureKind::invalid,
                       "the server runs with fsync=off and would lose what was acknowledged: set "
                       "fsync=on, or --allow-fsync-off for data that may be lost"};
    }
    if (durability.synchronous_commit == "off") {
        return Failure{FailureKind::invalid,
                       "the server acknowledges before it has synced: set synchronous_commit=on "
                       "for this role or database"};
    }
    return {};
}

}  // namespace dibs::repository
