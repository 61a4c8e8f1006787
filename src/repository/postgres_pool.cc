#include "repository/postgres_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "repository/postgres_plans.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::PostgresConnection;
using database::PostgresRows;
using database::PostgresStatement;

namespace {

using std::chrono::milliseconds;

// choice: a promotion of a standby takes 150 ms at best, so the first pause is shorter, and the
// longest is still within what somebody waits for a web page.
constexpr milliseconds pause_first{50};
constexpr milliseconds pause_max{1'000};

// A COMMIT that is sent too late for its answer is in doubt, and to look what became of it costs
// its group more than to be told at once that nothing was written. So it is not sent when less than
// this part of the patience is left. choice: 100 ms of the usual five seconds. A commit, its sync
// and a standby's take some milliseconds, and who waited for a lock for as long as the server
// allows (nine tenths of the patience) has more left: what could still be committed is not given
// up.
constexpr int commit_part_of_patience = 50;

constexpr std::string_view begin_sql = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// A pause of between half of what is due and all of it, so that nodes that failed together do not
/// come back together.
milliseconds pause_after(std::size_t failures, std::minstd_rand& chance) {
    const auto doublings = std::min<std::size_t>(failures, 10);
    const milliseconds due = std::min(pause_max, pause_first * (1 << doublings));
    std::uniform_int_distribution<milliseconds::rep> within(due.count() / 2, due.count());
    return milliseconds(within(chance));
}

}  // namespace

PostgresPool::Lease::Lease(PostgresPool& pool, std::unique_ptr<PostgresConnection> connection,
                           bool lay_idle, base::SteadyInstant deadline)
    : pool_(&pool),
      connection_(std::move(connection)),
      lay_idle_(lay_idle),
      deadline_(deadline),
      round_trips_before_(connection_->round_trip_count()),
      statements_before_(connection_->statement_count()) {}

PostgresPool::Lease::~Lease() {
    if (!connection_) return;
    if (connection_->is_in_transaction() && pool_->clock_.steady_now() < deadline_) {
        connection_->roll_back(deadline_);
    }
    const auto round_trips = connection_->round_trip_count() - round_trips_before_;
    const auto statements = connection_->statement_count() - statements_before_;
    pool_->take_back(std::move(connection_), round_trips, statements);
}

PostgresPool::Lease::Lease(Lease&&) noexcept = default;

Result<std::vector<PostgresRows>> PostgresPool::Lease::exchange(
    std::span<const PostgresStatement> statements) {
    return connection_->exchange(statements, deadline_);
}

Result<std::vector<PostgresRows>> PostgresPool::Lease::commit(
    std::span<const PostgresStatement> statements) {
    const auto left = deadline_ - pool_->clock_.steady_now();
    if (left < pool_->options_.patience / commit_part_of_patience) {
        return Failure{FailureKind::unavailable,
                       "PostgreSQL: no time left to commit, nothing was written"};
    }
    return connection_->exchange_and_commit(statements, deadline_);
}

PostgresPool::PostgresPool(PostgresPoolOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Result<PostgresPool::Lease> PostgresPool::lend(base::SteadyInstant deadline) {
    std::unique_ptr<PostgresConnection> idle;
    std::optional<Failure> refusal;
    const auto is_free = [this](const State& state) {
        return !state.idle.empty() || state.lent_count < options_.connections_max;
    };
    state_.wait_until(deadline, is_free, [&](State& state) {
        if (!is_free(state)) {
            refusal = Failure{FailureKind::unavailable,
                              fmt::format("all {} connections to the store are in use",
                                          options_.connections_max)};
            return;
        }
        if (!state.idle.empty()) {
            idle = std::move(state.idle.back());
            state.idle.pop_back();
        } else if (state.last_failure && clock_.steady_now() < state.next_try_at) {
            refusal = state.last_failure;
            return;
        }
        ++state.lent_count;
    });
    if (refusal) return *refusal;
    if (idle) return Lease(*this, std::move(idle), true, deadline);
    auto connection = connect(deadline);
    if (!connection) {
        note_failure(connection.failure());
        return connection.failure();
    }
    return Lease(*this, *std::move(connection), false, deadline);
}

Result<std::unique_ptr<PostgresConnection>> PostgresPool::connect(base::SteadyInstant deadline) {
    auto connection = PostgresConnection::open(options_.url, deadline, &host_);
    if (!connection) return connection.failure();
    if (auto done = prepare_session(*connection, deadline); !done) return done.failure();
    if (options_.inspect) {
        if (auto passed = options_.inspect(*connection, deadline); !passed) return passed.failure();
    }
    state_.with([](State& state) {
        state.failures_in_a_row = 0;
        state.last_failure.reset();
    });
    return std::make_unique<PostgresConnection>(*std::move(connection));
}

Result<void> PostgresPool::prepare_session(PostgresConnection& connection,
                                           base::SteadyInstant deadline) {
    const std::string script = fmt::format(
        "SET lock_timeout = {}; SET statement_timeout = {};"
        " SET idle_in_transaction_session_timeout = {};"
        " {}",
        // The shorter of the two, so that a lock is told from a statement that takes long.
        // To PostgreSQL none at all is no limit.
        std::max<std::int64_t>(options_.patience.count() * 9 / 10, 1), options_.patience.count(),
        std::min(options_.patience, options_.silence_max).count(), plan_settings_sql);
    return connection.execute(script, deadline);
}

void PostgresPool::note_failure(const Failure& failure) {
    state_.with([&](State& state) {
        --state.lent_count;
        state.next_try_at =
            clock_.steady_now() + pause_after(state.failures_in_a_row++, state.chance);
        state.last_failure = failure;
    });
    state_.notify_all();  // Whoever waits is told the same.
}

void PostgresPool::take_back(std::unique_ptr<PostgresConnection> connection,
                             std::uint64_t round_trips, std::uint64_t statements) {
    round_trip_count_.fetch_add(round_trips, std::memory_order_relaxed);
    statement_count_.fetch_add(statements, std::memory_order_relaxed);
    // Closed outside the lock, since closing talks to the server.
    std::vector<std::unique_ptr<PostgresConnection>> dropped;
    state_.with([&](State& state) {
        --state.lent_count;
        if (!connection->is_usable()) {
            dropped = std::exchange(state.idle, {});
        } else if (!connection->is_in_transaction()) {
            state.idle.push_back(std::move(connection));
        }  // Else its time was up, which says nothing of the others.
    });
    state_.notify_one();
}

Result<PostgresPool::Begun> PostgresPool::exchange_on_a_living_one(
    std::span<const PostgresStatement> statements, base::SteadyInstant deadline) {
    for (int tried = 1;; ++tried) {
        auto lease = lend(deadline);
        if (!lease) return lease.failure();
        auto rows = lease->exchange(statements);
        if (rows) return Begun{*std::move(lease), *std::move(rows)};
        // A dead one takes all that lie idle with it, so that the next one is new.
        const bool may_have_died_of_age = lease->lay_idle() && !(*lease)->is_usable();
        const bool is_over = tried == 2 || clock_.steady_now() >= deadline;
        if (!may_have_died_of_age || is_over) return rows.failure();
    }
}

Result<PostgresPool::Begun> PostgresPool::begin(std::vector<PostgresStatement> statements,
                                                base::SteadyInstant deadline) {
    statements.insert(statements.begin(), {begin_sql, {}});
    auto begun = exchange_on_a_living_one(statements, deadline);
    if (!begun) return begun.failure();
    begun->rows.erase(begun->rows.begin());
    return begun;
}

Result<std::vector<PostgresRows>> PostgresPool::read(
    const std::vector<PostgresStatement>& statements) {
    auto begun = exchange_on_a_living_one(statements, deadline());
    if (!begun) return begun.failure();
    return std::move(begun->rows);
}

Result<PostgresRows> PostgresPool::read_one(const PostgresStatement& statement) {
    auto rows = read({statement});
    if (!rows) return rows.failure();
    return std::move(rows->front());
}

std::uint64_t PostgresPool::round_trip_count() const {
    return round_trip_count_.load(std::memory_order_relaxed);
}

std::uint64_t PostgresPool::statement_count() const {
    return statement_count_.load(std::memory_order_relaxed);
}

}  // namespace dibs::repository
