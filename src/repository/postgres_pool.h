#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "database/postgres_connection.h"

namespace dibs::repository {

/// How a pool's connections are made and how long anybody waits.
struct PostgresPoolOptions {
    std::string url;
    std::size_t connections_max = 0;
    /// The longest that an operation takes in all: the wait for a connection, making one, every
    /// round trip and the commit.
    std::chrono::milliseconds patience{0};
    /// How long a transaction may stand still between two statements before the server ends it.
    /// choice: between the two round trips of a group stands a decision of a millisecond at most.
    /// Who holds a coupon's lock and falls silent for longer (a process that was stopped, a machine
    /// that was cut off) has its transaction ended, so that others go on.
    std::chrono::milliseconds silence_max{1'000};
    /// What a new connection has to pass, if anything, by the deadline of whoever it is made for:
    /// behind the same URL may be another server by now.
    std::function<base::Result<void>(database::PostgresConnection&, base::SteadyInstant deadline)>
        inspect = nullptr;
};

/// A bounded number of connections to one server, lent to one thread at a time.
///
/// An operation has one deadline, which begins with it and goes along with the lease: so a server
/// that says nothing is waited for once, wherever in the operation it falls silent. A commit that
/// has no answer by then is in doubt, and whoever sent it looks, in an operation with a deadline of
/// its own.
///
/// After a failure to connect nobody tries again before a pause has passed, which doubles from
/// failure to failure and is never quite the same: a server that comes back is not met by everybody
/// at once, and those who ask meanwhile are told at once. Any thread may call.
class PostgresPool {
public:
    /// A connection lent to one thread until a deadline, given back when this goes. A transaction
    /// that was left open is rolled back, or, past the deadline, dropped with its connection, which
    /// lets the server do it. A connection that broke is dropped, and with it the others that lie
    /// idle.
    class Lease {
    public:
        Lease(PostgresPool& pool, std::unique_ptr<database::PostgresConnection> connection,
              bool lay_idle, base::SteadyInstant deadline);
        ~Lease();
        Lease(Lease&&) noexcept;
        Lease& operator=(Lease&&) = delete;  // It would give back a connection unseen.

        database::PostgresConnection* operator->() { return connection_.get(); }
        database::PostgresConnection& operator*() { return *connection_; }
        /// Until when all that is asked of it may take.
        [[nodiscard]] base::SteadyInstant deadline() const { return deadline_; }
        /// As the connection's, by the deadline.
        [[nodiscard]] base::Result<std::vector<database::PostgresRows>> exchange(
            std::span<const database::PostgresStatement> statements);
        /// As the connection's `exchange_and_commit`, by the deadline; but fails with unavailable,
        /// and nothing is sent, where too little time is left for the answer.
        [[nodiscard]] base::Result<std::vector<database::PostgresRows>> commit(
            std::span<const database::PostgresStatement> statements);
        /// Whether it lay idle before: then it may have died of age, and a first failure says
        /// nothing of the server.
        [[nodiscard]] bool lay_idle() const { return lay_idle_; }

    private:
        PostgresPool* pool_;
        std::unique_ptr<database::PostgresConnection> connection_;
        bool lay_idle_ = false;
        base::SteadyInstant deadline_;
        std::uint64_t round_trips_before_ = 0;
        std::uint64_t statements_before_ = 0;
    };

    /// `clock` must outlive it. Connects to nobody yet.
    PostgresPool(PostgresPoolOptions options, const base::Clock& clock);

    /// The deadline of an operation that begins now.
    [[nodiscard]] base::SteadyInstant deadline() const {
        return clock_.steady_now() + options_.patience;
    }

    /// Lends a connection, a new one if none is idle and there may be more. Blocks until one is
    /// given back or made, at most until `deadline`.
    /// Fails: unavailable (no connection can be had, or all are in use), invalid.
    [[nodiscard]] base::Result<Lease> lend(base::SteadyInstant deadline);

    /// A transaction that was begun, and what its first statements gave.
    struct Begun {
        Lease lease;
        std::vector<database::PostgresRows> rows;
    };
    /// Begins a transaction and runs its first statements, which only lock and read, in one round
    /// trip. If an idle connection turns out to be dead, once more on a new one: nothing was
    /// written yet. It is READ COMMITTED, because each statement then sees what was committed
    /// before it; a snapshot that is taken with the lock would be older than the lock.
    /// Fails as `PostgresConnection::exchange`.
    [[nodiscard]] base::Result<Begun> begin(std::vector<database::PostgresStatement> statements,
                                            base::SteadyInstant deadline);
    /// The same as an operation of its own.
    [[nodiscard]] base::Result<Begun> begin(std::vector<database::PostgresStatement> statements) {
        return begin(std::move(statements), deadline());
    }

    /// Runs statements that only read, in one round trip on any connection, an operation of its
    /// own. If an idle connection turns out to be dead, once more on a new one. Fails as
    /// `PostgresConnection::exchange`.
    [[nodiscard]] base::Result<std::vector<database::PostgresRows>> read(
        const std::vector<database::PostgresStatement>& statements);
    /// The same for one statement.
    [[nodiscard]] base::Result<database::PostgresRows> read_one(
        const database::PostgresStatement& statement);

    [[nodiscard]] const base::Clock& clock() const { return clock_; }
    [[nodiscard]] std::chrono::milliseconds patience() const { return options_.patience; }
    [[nodiscard]] std::uint64_t round_trip_count() const;
    [[nodiscard]] std::uint64_t statement_count() const;

private:
    struct State {
        std::vector<std::unique_ptr<database::PostgresConnection>> idle;
        std::size_t lent_count = 0;
        std::size_t failures_in_a_row = 0;
        base::SteadyInstant next_try_at{};
        std::optional<base::Failure> last_failure;
        std::minstd_rand chance{std::random_device{}()};
    };

    [[nodiscard]] base::Result<Begun> exchange_on_a_living_one(
        std::span<const database::PostgresStatement> statements, base::SteadyInstant deadline);
    [[nodiscard]] base::Result<std::unique_ptr<database::PostgresConnection>> connect(
        base::SteadyInstant deadline);
    [[nodiscard]] base::Result<void> prepare_session(database::PostgresConnection& connection,
                                                     base::SteadyInstant deadline);
    void note_failure(const base::Failure& failure);
    void take_back(std::unique_ptr<database::PostgresConnection> connection,
                   std::uint64_t round_trips, std::uint64_t statements);

    const PostgresPoolOptions options_;
    const base::Clock& clock_;
    database::ServingHost host_;
    base::Guarded<State> state_;
    std::atomic<std::uint64_t> round_trip_count_ = 0;
    std::atomic<std::uint64_t> statement_count_ = 0;
};

}  // namespace dibs::repository
