#pragma once

#include <cstdint>

#include "base/result.h"
#include "database/postgres_connection.h"

namespace dibs::bench {

/// Holds a rival's tables against the rules that ours keep to, with the same SQL for every rival:
/// nothing oversold, one for each user, no rank or id twice, the events' sum is the stock, and the
/// rows of the three tables one to one. `acknowledged`: how many customers were told that they have
/// it, of all coupons. Fails: corrupted, with the rule that is broken; and as the connection.
[[nodiscard]] base::Result<void> audit_rival(database::PostgresConnection& connection,
                                             std::int64_t acknowledged);

}  // namespace dibs::bench
