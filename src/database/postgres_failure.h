#pragma once

#include <string_view>

#include "base/failure.h"

struct pg_conn;
struct pg_result;

namespace dibs::database {

/// What an SQLSTATE means to us; the table is in `postgres_connection.h`. Without one (libpq's own
/// words) it is unavailable.
[[nodiscard]] base::FailureKind kind_of_sqlstate(std::string_view sqlstate);

/// The SQLSTATE of a result that is an error or a notice; empty if the server gave none.
[[nodiscard]] std::string_view sqlstate_of(const pg_result* result);

/// What the server said instead of carrying out a statement.
[[nodiscard]] base::Failure failure_of_result(const pg_result* result);

/// Why a connection could not be made. Its messages must be verbose (`PQERRORS_VERBOSE`), because
/// that is the one way to be told the SQLSTATE here.
[[nodiscard]] base::Failure failure_to_connect(const pg_conn* connection);

/// What libpq says of a connection that is gone: unavailable.
[[nodiscard]] base::Failure failure_of_lost(const pg_conn* connection);

}  // namespace dibs::database
