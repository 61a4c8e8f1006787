#include "database/postgres_connection.h"

#include <libpq-fe.h>

#include <utility>

#include "database/postgres_opening.h"
#include "database/postgres_pipeline.h"

namespace dibs::database {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;

namespace {

const PostgresStatement commit_statement{"COMMIT", {}};
const PostgresStatement rollback_statement{"ROLLBACK", {}};

/// Whether an error for COMMIT's own answer leaves nothing written. Deferred constraints, and
/// whether the transaction has to give way, are looked at before anything is; of any other error (a
/// distributed engine has some) that is not known.
bool is_clean(const Failure& failure, std::string_view sqlstate) {
    return failure.kind == FailureKind::refused || sqlstate == "40001" || sqlstate == "40P01";
}

/// Whether nothing of a batch that failed, with COMMIT at its end, can have been written.
bool is_nothing_written(const PostgresAnswers& answers, std::size_t statement_count) {
    if (!answers.was_begun) return true;
    if (!answers.is_plain_error) return false;
    const bool is_commits_own = answers.rows.size() == statement_count;
    return !is_commits_own || is_clean(*answers.failure, answers.sqlstate);
}

/// PostgreSQL 15, appendix A: unique_violation.
bool is_taken_key(const PostgresAnswers& answers) {
    return answers.sqlstate == "23505";
}

}  // namespace

struct PostgresConnection::State {
    std::unique_ptr<PostgresPipeline> pipeline;
    bool met_taken_key = false;
};

PostgresConnection::PostgresConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
PostgresConnection::~PostgresConnection() = default;
PostgresConnection::PostgresConnection(PostgresConnection&&) noexcept = default;
PostgresConnection& PostgresConnection::operator=(PostgresConnection&&) noexcept = default;

Result<PostgresConnection> PostgresConnection::open(const std::string& url, SteadyInstant deadline,
                                                    ServingHost* host) {
    auto handle = connect_to_postgres(url, deadline, host);
    if (!handle) return handle.failure();
    auto pipeline = PostgresPipeline::start(*std::move(handle));
    if (!pipeline) return pipeline.failure();
    auto state = std::make_unique<State>();
    state->pipeline = *std::move(pipeline);
    return PostgresConnection(std::move(state));
}

Result<std::vector<PostgresRows>> PostgresConnection::exchange(
    std::span<const PostgresStatement> statements, SteadyInstant deadline) {
    auto answers = state_->pipeline->ask(statements, nullptr, deadline);
    state_->met_taken_key = is_taken_key(answers);
    if (answers.failure) return *std::move(answers.failure);
    return std::move(answers.rows);
}

Result<std::vector<PostgresRows>> PostgresConnection::exchange(
    std::initializer_list<PostgresStatement> statements, SteadyInstant deadline) {
    return exchange(std::span(statements.begin(), statements.size()), deadline);
}

Result<PostgresRows> PostgresConnection::run(const PostgresStatement& statement,
                                             SteadyInstant deadline) {
    auto given = exchange(std::span(&statement, 1), deadline);
    if (!given) return given.failure();
    return std::move(given->front());
}

Result<std::vector<PostgresRows>> PostgresConnection::exchange_and_commit(
    std::span<const PostgresStatement> statements, SteadyInstant deadline) {
    auto answers = state_->pipeline->ask(statements, &commit_statement, deadline);
    state_->met_taken_key = is_taken_key(answers);
    if (answers.failure) {
        Failure failure = *std::move(answers.failure);
        if (is_nothing_written(answers, statements.size())) {
            roll_back(deadline);
        } else {
            failure.kind = FailureKind::in_doubt;
        }
        return failure;
    }
    if (answers.was_standby_skipped) {
        return Failure{FailureKind::in_doubt,
                       "PostgreSQL: the commit did not wait for the standby"};
    }
    const std::string_view tag = answers.rows.back().command_tag();
    if (tag == "ROLLBACK") {
        return Failure{FailureKind::conflict, "PostgreSQL: COMMIT was answered by ROLLBACK"};
    }
    if (tag != "COMMIT") {
        return Failure{FailureKind::in_doubt, "PostgreSQL: COMMIT was answered by something else"};
    }
    answers.rows.pop_back();
    return std::move(answers.rows);
}

void PostgresConnection::roll_back(SteadyInstant deadline) {
    if (!is_in_transaction()) return;
    const auto answers = state_->pipeline->ask({&rollback_statement, 1}, nullptr, deadline);
    if (answers.failure) static_cast<void>(state_->pipeline->give_up(answers.failure->what));
}

Result<void> PostgresConnection::execute(const std::string& script, SteadyInstant deadline) {
    return state_->pipeline->run_script(script, deadline);
}

Result<std::vector<std::string>> PostgresConnection::wait_for_notifications(
    SteadyInstant deadline) {
    return state_->pipeline->wait_for_notifications(deadline);
}

bool PostgresConnection::met_taken_key() const {
    return state_->met_taken_key;
}

bool PostgresConnection::is_usable() const {
    return state_->pipeline->is_usable();
}

bool PostgresConnection::is_in_transaction() const {
    return is_usable() && PQtransactionStatus(state_->pipeline->handle()) != PQTRANS_IDLE;
}

std::uint64_t PostgresConnection::round_trip_count() const {
    return state_->pipeline->round_trip_count();
}

std::uint64_t PostgresConnection::statement_count() const {
    return state_->pipeline->statement_count();
}

std::string PostgresConnection::server_parameter(const char* name) const {
    const char* const value = PQparameterStatus(state_->pipeline->handle(), name);
    return value == nullptr ? std::string() : value;
}

}  // namespace dibs::database
