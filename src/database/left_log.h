#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace dibs::database {

/// Where a write-ahead log can no longer be read although commits follow.
struct LogDamage {
    std::int64_t at_byte = 0;       ///< Where the frame begins that is not as it was written.
    std::int64_t commit_count = 0;  ///< Commits found from there on; there may have been more.
    bool operator==(const LogDamage&) const = default;
};

/// Looks whether the log of the database at `path` is damaged before its end. SQLite takes the
/// first frame that doesn't add up for the end of the log, because that is how a commit looks that
/// a power cut has torn; but a commit that others were written behind was synced, and is lost
/// without a word. The very last commit can't be told from one that was torn.
///
/// Nothing if there is no database or no log, or all of it can be read. Beside a process that
/// writes, a log under way may look damaged: look again. Blocks for reading the log. Fails:
/// unavailable.
[[nodiscard]] base::Result<std::optional<LogDamage>> find_log_damage(const std::string& path);

/// What to tell an operator about it, and what there is to do.
[[nodiscard]] base::Failure damage_failure(const std::string& path, const LogDamage& damage);

/// Makes what a log shows as durable as it looks. A sync that failed in a process before this one
/// can have left frames that are read from the kernel's memory and are not on the disk, and that no
/// later sync writes; what is committed behind them would go with them when the power goes. So all
/// of it is written once more, as it is, and synced.
///
/// For whoever owns the database, before SQLite opens it; beside readers, too. Does nothing if
/// there is no log. Fails: unavailable.
[[nodiscard]] base::Result<void> settle_log(const std::string& path);

}  // namespace dibs::database
