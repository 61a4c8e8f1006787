#pragma once

#include <string_view>

namespace dibs::repository {

/// A script for each session of ours that serves requests, listens or imports. Every look must
/// serve itself from an index: a plan that was made while a table was small would be kept while it
/// grows.
///
/// Where a table has no index all the same, its plan counts as very dear then, and the server would
/// compile it if it has LLVM (PostgreSQL 15, section 32.2: `jit_above_cost`). measured: 140 ms of
/// processor time for reading one row, once for each connection.
inline constexpr std::string_view plan_settings_sql =
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off;"
    " SET enable_mergejoin = off; SET jit = off";

}  // namespace dibs::repository
