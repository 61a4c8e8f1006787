#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "load/goal.h"
#include "support/postgres_server.h"

namespace dibs::bench {

/// A PostgreSQL of the bench's own: a new cluster on the workshop's disk, as an operator has it (it
/// syncs), ended and removed when this goes. Belongs to the main thread.
class OwnPostgres {
public:
    /// Fails: unavailable, with what the server said.
    [[nodiscard]] static base::Result<OwnPostgres> start(const Workshop& workshop);

    /// The URL of a new, empty database. Fails: unavailable.
    [[nodiscard]] base::Result<std::string> fresh_database();
    /// Takes a database away that was made here, whoever is connected. Fails: unavailable.
    [[nodiscard]] base::Result<void> drop_database(const std::string& url);

    /// Has the server write out what it owes to its files, so that whoever is measured next doesn't
    /// pay for whoever came before. Fails: unavailable.
    [[nodiscard]] base::Result<void> settle();

    /// How many bytes of log the server has written in its life. Fails: unavailable.
    [[nodiscard]] base::Result<std::uint64_t> log_bytes();

private:
    explicit OwnPostgres(std::unique_ptr<test::PostgresServer> server);

    [[nodiscard]] base::Result<std::string> ask(const std::string& sql);

    std::unique_ptr<test::PostgresServer> server_;
};

}  // namespace dibs::bench
