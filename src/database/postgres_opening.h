#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "database/postgres_connection.h"

struct pg_conn;

namespace dibs::database {

/// Closes the socket and frees what libpq kept. Never waits.
struct PostgresClosing {
    void operator()(pg_conn* connection) const;
};
using PostgresHandle = std::unique_ptr<pg_conn, PostgresClosing>;

/// Connects as `PostgresConnection::open` promises. Fails: unavailable, invalid.
[[nodiscard]] base::Result<PostgresHandle> connect_to_postgres(const std::string& url,
                                                               base::SteadyInstant deadline,
                                                               ServingHost* host = nullptr);

/// Waits until the connection's socket has one of `events` (`POLLIN`, `POLLOUT`), or libpq should
/// look at it for another reason. False: the deadline passed.
[[nodiscard]] bool wait_for_socket(pg_conn* connection, short events, base::SteadyInstant deadline);

}  // namespace dibs::database
