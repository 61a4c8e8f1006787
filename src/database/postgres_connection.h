#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct pg_result;

namespace dibs::database {

/// A statement and what stands in its $1, $2, …, as PostgreSQL spells values in text; nothing is
/// NULL. `sql` must be a literal: it is prepared at its first use on a connection and then known by
/// its address. Only where `is_prepared` is false may it be a text that was put together.
struct PostgresStatement {
    std::string_view sql;
    std::vector<std::optional<std::string>> parameters;
    bool is_prepared = true;
};

/// An array in PostgreSQL's text form, for `unnest($1::bigint[])` and `unnest($2::text[])`.
[[nodiscard]] std::string to_array(std::span<const std::int64_t> values);
[[nodiscard]] std::string to_array(std::span<const std::string_view> values);
/// With NULL where there is nothing.
[[nodiscard]] std::string to_array(std::span<const std::optional<std::string_view>> values);

/// What a statement gave. Rows and columns count from 0. Texts live as long as this does.
class PostgresRows {
public:
    /// Takes over libpq's `PGresult`.
    explicit PostgresRows(pg_result* result) : result_(result) {}
    ~PostgresRows();
    PostgresRows(PostgresRows&& other) noexcept;
    PostgresRows& operator=(PostgresRows&& other) noexcept;

    [[nodiscard]] std::size_t row_count() const;
    [[nodiscard]] bool is_null(std::size_t row, int column) const;
    [[nodiscard]] std::string_view text(std::size_t row, int column) const;
    /// A whole number; 0 where the value is NULL. That it is one, the statement's columns promise.
    [[nodiscard]] std::int64_t integer(std::size_t row, int column) const;
    [[nodiscard]] bool boolean(std::size_t row, int column) const;
    /// How many rows an INSERT, UPDATE or DELETE changed.
    [[nodiscard]] std::int64_t changed_count() const;
    /// What was carried out, as the server names it: `SELECT 1`, `INSERT 0 3`, `COMMIT`.
    [[nodiscard]] std::string_view command_tag() const;

private:
    pg_result* result_;
};

/// Which host of a URL's list served last: the next connection asks there first, so that a first
/// host that is gone is waited for once and not by everybody. Any thread.
struct ServingHost {
    std::atomic<std::size_t> place = 0;
};

/// One connection to a PostgreSQL server, or to an engine that speaks its protocol. Used by one
/// thread at a time; who that is, is its owner's business.
///
/// Statements go in batches: all of a batch is sent together and answered together, which is one
/// round trip (libpq's pipeline mode). Nothing here blocks past the deadline that it is given, not
/// even on a server whose kernel still answers while its process does not; a connection whose
/// deadline passed is broken, and whoever holds it drops it. Only where the deadline had passed
/// before the call was nothing sent, and the connection is as it was.
///
/// What went wrong, by SQLSTATE (PostgreSQL 15, appendix A):
///   refused       a key, a CHECK or a trigger said no (class 23, P0001, P0004), no permission
///                 (42501)
///   conflict      somebody else was there first: class 40, 55P03; doing it again may succeed
///   in_doubt      the server itself cannot tell (40003)
///   unavailable   no connection, shutting down, read-only, out of resources, cancelled (classes
///                 08, 53, 57, 58, 25006, 25P03), or no answer in time
///   corrupted     the server says so itself (class XX)
///   invalid       a statement, a name or a login that makes no sense (classes 22, 28, 3D, 42, …),
///                 or a parameter with a NUL in it, which PostgreSQL cannot keep
///
/// A failure's text is one line, the server's primary message. It never holds a password.
class PostgresConnection {
public:
    /// Connects to the first host of `url` that serves (`postgresql://…`, as libpq reads it, with
    /// several hosts and `target_session_attrs`; read-write is asked for unless the URL says
    /// otherwise); with a `host`, from that one on, around the list, and notes there which one it
    /// was. A host that doesn't answer takes no more than its share of the time, nor more
    /// than the URL's `connect_timeout`. Blocks until `deadline` at the longest; only where a host
    /// is given by its name, looking it up takes as long as the system's resolver takes.
    /// Fails: unavailable, invalid (not a URL; at every host no such database or role, or a wrong
    /// password).
    [[nodiscard]] static base::Result<PostgresConnection> open(const std::string& url,
                                                               base::SteadyInstant deadline,
                                                               ServingHost* host = nullptr);

    ~PostgresConnection();
    PostgresConnection(PostgresConnection&&) noexcept;
    PostgresConnection& operator=(PostgresConnection&&) noexcept;

    /// Runs the statements in order, in one round trip, and gives what each one gave. After one
    /// that fails the rest is not run, and the failure is that one's; a transaction that was open
    /// stays open, to be rolled back. Without BEGIN and COMMIT among them they are one transaction,
    /// of which nobody can say, when the connection is lost, whether it was committed: what must be
    /// known goes through `exchange_and_commit`.
    [[nodiscard]] base::Result<std::vector<PostgresRows>> exchange(
        std::span<const PostgresStatement> statements, base::SteadyInstant deadline);
    [[nodiscard]] base::Result<std::vector<PostgresRows>> exchange(
        std::initializer_list<PostgresStatement> statements, base::SteadyInstant deadline);
    /// One statement, one round trip.
    [[nodiscard]] base::Result<PostgresRows> run(const PostgresStatement& statement,
                                                 base::SteadyInstant deadline);

    /// The same, then COMMIT, still in one round trip. Only when this succeeds is the transaction
    /// durable as far as the server promises. A COMMIT is never cancelled.
    /// Fails as `exchange` where one of `statements` failed, so that nothing was written and the
    /// transaction is over, if need be with the connection; so, too, where a deferred constraint
    /// refuses the COMMIT (refused) or the server gives way to another transaction (40001, 40P01:
    /// conflict). An answer of ROLLBACK is a conflict. in_doubt where the COMMIT may have been
    /// carried out or not: no answer, any other error for an answer, or the warning that a standby
    /// was not waited for.
    [[nodiscard]] base::Result<std::vector<PostgresRows>> exchange_and_commit(
        std::span<const PostgresStatement> statements, base::SteadyInstant deadline);

    /// Gives up the transaction, if one is open. A connection that cannot even do that is broken.
    void roll_back(base::SteadyInstant deadline);

    /// Runs a script: any number of statements, separated by `;`, without parameters. They are one
    /// transaction unless the script says BEGIN and COMMIT itself. Fails as `exchange`.
    [[nodiscard]] base::Result<void> execute(const std::string& script,
                                             base::SteadyInstant deadline);

    /// Blocks until something was notified on a channel that this connection LISTENs to, or until
    /// `deadline`; gives the payloads, those that came during exchanges too, none if the time
    /// passed, which breaks nothing here. Fails: unavailable.
    [[nodiscard]] base::Result<std::vector<std::string>> wait_for_notifications(
        base::SteadyInstant deadline);

    /// Whether the last batch failed because a key was taken already (23505), so that somebody else
    /// was there first.
    [[nodiscard]] bool met_taken_key() const;

    /// Whether it can still be used: it is connected and no deadline has passed on it.
    [[nodiscard]] bool is_usable() const;
    [[nodiscard]] bool is_in_transaction() const;

    /// How often this connection waited for the server since it was opened, and how many statements
    /// it sent, COMMIT included, a script as one. Any thread may ask.
    [[nodiscard]] std::uint64_t round_trip_count() const;
    [[nodiscard]] std::uint64_t statement_count() const;

    /// A setting or a fact that the server reports at the start: `server_version`, …; empty if it
    /// does not.
    [[nodiscard]] std::string server_parameter(const char* name) const;

private:
    struct State;
    explicit PostgresConnection(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace dibs::database
