#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "database/postgres_connection.h"
#include "database/postgres_opening.h"

namespace dibs::database {

struct PostgresClearing {
    void operator()(pg_result* result) const;
};
using PostgresResult = std::unique_ptr<pg_result, PostgresClearing>;

/// What became of a batch.
struct PostgresAnswers {
    /// What the statements gave, up to the first one that failed.
    std::vector<PostgresRows> rows;
    std::optional<base::Failure> failure;
    /// Of the failure, if the server gave one.
    std::string sqlstate;
    /// The failure is a statement's plain error: the server refused it, and skips what the batch
    /// has after it. Otherwise the connection is gone, or the server said that it goes.
    bool is_plain_error = false;
    /// A byte of the batch may have reached the server.
    bool was_begun = false;
    /// The server warned that it committed without waiting for a standby.
    bool was_standby_skipped = false;
};

/// The mechanics below `PostgresConnection`: libpq in its pipeline mode, never blocking but in
/// `poll`, and there no longer than the deadline. Used by one thread at a time.
class PostgresPipeline {
public:
    /// Takes over a connection that was just opened.
    [[nodiscard]] static base::Result<std::unique_ptr<PostgresPipeline>> start(
        PostgresHandle handle);

    PostgresPipeline(const PostgresPipeline&) = delete;
    PostgresPipeline& operator=(const PostgresPipeline&) = delete;

    /// Sends the statements, and `last` after them unless it is null, and reads what comes back.
    [[nodiscard]] PostgresAnswers ask(std::span<const PostgresStatement> statements,
                                      const PostgresStatement* last, base::SteadyInstant deadline);
    [[nodiscard]] base::Result<void> run_script(const std::string& script,
                                                base::SteadyInstant deadline);
    [[nodiscard]] base::Result<std::vector<std::string>> wait_for_notifications(
        base::SteadyInstant deadline);

    /// From here on the connection is broken; gives that as a failure.
    base::Failure give_up(std::string_view why);

    [[nodiscard]] bool is_usable() const;
    [[nodiscard]] const pg_conn* handle() const { return handle_.get(); }

    /// Any thread may ask these.
    [[nodiscard]] std::uint64_t round_trip_count() const { return round_trip_count_.load(relaxed); }
    [[nodiscard]] std::uint64_t statement_count() const { return statement_count_.load(relaxed); }

private:
    explicit PostgresPipeline(PostgresHandle handle);

    /// Why nothing can be sent now, if so.
    [[nodiscard]] std::optional<base::Failure> obstacle(base::SteadyInstant deadline) const;

    /// Puts a statement into libpq's buffer, which sends what the socket takes. False: the
    /// connection is gone.
    [[nodiscard]] bool queue(const PostgresStatement& statement);
    /// The name of a statement on this connection; queues its preparation where it has none. Null:
    /// the connection is gone.
    [[nodiscard]] const char* prepared_name(std::string_view sql);

    /// Reads the answers to all that is awaited.
    void read_answers(PostgresAnswers& answers, base::SteadyInstant deadline);
    [[nodiscard]] base::Result<void> read_script_answers(base::SteadyInstant deadline);
    /// The next result; null where libpq marks an end. Sends what is unsent meanwhile, because a
    /// server that can't get rid of its answers takes no more questions.
    [[nodiscard]] base::Result<PostgresResult> next_result(base::SteadyInstant deadline);
    /// The same, but passes over an end: what comes is a result.
    [[nodiscard]] base::Result<PostgresResult> next_answer(base::SteadyInstant deadline);

    /// Gives up a connection that libpq says is gone.
    base::Failure lose();

    static void read_notice(void* pipeline, const pg_result* notice);
    static void count(std::atomic<std::uint64_t>& counter);

    static constexpr auto relaxed = std::memory_order_relaxed;

    struct Prepared {
        std::string name;
        std::string_view sql;
    };
    using Statements = std::unordered_map<const char*, Prepared>;  // By the address of the text.

    PostgresHandle handle_;
    bool is_broken_ = false;
    bool was_standby_skipped_ = false;  ///< Since the batch began.
    Statements prepared_;
    Statements preparing_;  ///< Sent, but the server has not said yet that it did it.
    std::uint64_t prepared_name_count_ = 0;
    /// The answers that the batch waits for, in order: that a statement is prepared (its address),
    /// or what one gave (null).
    std::vector<const char*> awaited_;
    // Written by the thread that uses the connection, read by whoever draws the metrics.
    std::atomic<std::uint64_t> round_trip_count_ = 0;
    std::atomic<std::uint64_t> statement_count_ = 0;
};

}  // namespace dibs::database
