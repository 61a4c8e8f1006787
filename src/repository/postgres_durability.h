#pragma once

#include <string>

#include "base/result.h"
#include "database/postgres_connection.h"

namespace dibs::repository {

/// What a server does before it says that a transaction is committed, as its settings say.
struct PostgresDurability {
    std::string synchronous_commit;
    std::string synchronous_standby_names;
    bool syncs = true;              ///< `fsync`
    bool writes_full_pages = true;  ///< `full_page_writes`
};

/// Reads the settings. Fails: unavailable.
[[nodiscard]] base::Result<PostgresDurability> read_durability(
    database::PostgresConnection& connection, base::SteadyInstant deadline);

/// What 201 can promise over such a server, in a sentence for operators.
[[nodiscard]] std::string describe(const PostgresDurability& durability);

/// Refuses a server that would lose what it acknowledged. `allows_fsync_off`: for a server whose
/// data may be lost. Fails: invalid, with what to change.
[[nodiscard]] base::Result<void> check_durability(const PostgresDurability& durability,
                                                  bool allows_fsync_off);

}  // namespace dibs::repository
