#include "database/postgres_pipeline.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "database/postgres_failure.h"

namespace dibs::database {

using base::ensure;
using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;

namespace {

bool is_error(const PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

/// The server is done with one statement, and not with the whole connection.
bool is_plain(const PGresult* error) {
    const char* const severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity != nullptr && severity == std::string_view("ERROR");
}

/// The warning that a commit didn't wait for its standby: somebody cancelled the wait, or is
/// stopping the server (57P01). It comes in the server's language, so it is known by the routine
/// that the server says it is from; its words are for a server that keeps its routines to itself.
bool says_that_no_standby_was_waited_for(const PGresult* notice) {
    const auto field = [&](int code) {
        const char* const text = PQresultErrorField(notice, code);
        return text == nullptr ? std::string_view() : text;
    };
    return field(PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN" ||
           field(PG_DIAG_SQLSTATE) == "57P01" ||
           field(PG_DIAG_MESSAGE_PRIMARY).find("synchronous replication") != std::string_view::npos;
}

bool holds_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

bool holds_nul(const PostgresStatement& statement) {
    return std::ranges::any_of(statement.parameters, [](const std::optional<std::string>& value) {
        return value && holds_nul(std::string_view(*value));
    });
}

/// libpq takes texts up to their first NUL, and the rest would be lost without a word.
const Failure nul_in_a_text{FailureKind::invalid, "PostgreSQL: a text with a NUL in it"};

}  // namespace

void PostgresClearing::operator()(pg_result* result) const {
    PQclear(result);
}

PostgresPipeline::PostgresPipeline(PostgresHandle handle) : handle_(std::move(handle)) {
    PQsetNoticeReceiver(handle_.get(), &PostgresPipeline::read_notice, this);
}

Result<std::unique_ptr<PostgresPipeline>> PostgresPipeline::start(PostgresHandle handle) {
    if (PQsetnonblocking(handle.get(), 1) != 0 || PQenterPipelineMode(handle.get()) != 1) {
        return failure_of_lost(handle.get());
    }
    return std::unique_ptr<PostgresPipeline>(new PostgresPipeline(std::move(handle)));
}

PostgresAnswers PostgresPipeline::ask(std::span<const PostgresStatement> statements,
                                      const PostgresStatement* last, SteadyInstant deadline) {
    PostgresAnswers answers;
    answers.failure = obstacle(deadline);
    if (!answers.failure && std::ranges::any_of(statements, [](const PostgresStatement& statement) {
            return holds_nul(statement);
        })) {
        answers.failure = nul_in_a_text;
    }
    if (answers.failure || (statements.empty() && last == nullptr)) return answers;

    answers.was_begun = true;
    was_standby_skipped_ = false;
    awaited_.clear();
    preparing_.clear();
    bool is_queued = std::ranges::all_of(
        statements, [&](const PostgresStatement& statement) { return queue(statement); });
    is_queued = is_queued && (last == nullptr || queue(*last));
    is_queued = is_queued && PQpipelineSync(handle_.get()) == 1;
    count(round_trip_count_);
    if (is_queued) {
        read_answers(answers, deadline);
    } else {
        answers.failure = lose();
    }
    // A server that only reads has become another one than was asked for: the next connection may
    // find the one that writes.
    if (answers.sqlstate == "25006") is_broken_ = true;
    answers.was_standby_skipped = was_standby_skipped_;
    return answers;
}

bool PostgresPipeline::queue(const PostgresStatement& statement) {
    const char* const name = statement.is_prepared ? prepared_name(statement.sql) : nullptr;
    if (statement.is_prepared && name == nullptr) return false;
    std::vector<const char*> values;
    values.reserve(statement.parameters.size());
    for (const std::optional<std::string>& value : statement.parameters) {
        values.push_back(value ? value->c_str() : nullptr);
    }
    const int value_count = static_cast<int>(values.size());
    count(statement_count_);
    awaited_.push_back(nullptr);
    if (!statement.is_prepared) {
        return PQsendQueryParams(handle_.get(), std::string(statement.sql).c_str(), value_count,
                                 nullptr, values.data(), nullptr, nullptr, 0) == 1;
    }
    return PQsendQueryPrepared(handle_.get(), name, value_count, values.data(), nullptr, nullptr,
                               0) == 1;
}

const char* PostgresPipeline::prepared_name(std::string_view sql) {
    for (const Statements* const known : {&prepared_, &preparing_}) {
        const auto found = known->find(sql.data());
        if (found == known->end()) continue;
        ensure(found->second.sql == sql, "a statement's text is a literal");
        return found->second.name.c_str();
    }
    const auto added = preparing_.emplace(
        sql.data(), Prepared{fmt::format("dibs_{}", ++prepared_name_count_), sql});
    const char* const name = added.first->second.name.c_str();
    awaited_.push_back(sql.data());
    const bool is_sent =
        PQsendPrepare(handle_.get(), name, std::string(sql).c_str(), 0, nullptr) == 1;
    return is_sent ? name : nullptr;
}

void PostgresPipeline::read_answers(PostgresAnswers& answers, SteadyInstant deadline) {
    // After an error the server skips to the end of the batch, and libpq answers for it with
    // PGRES_PIPELINE_ABORTED for each statement that was skipped.
    for (const char* const prepared_sql : awaited_) {
        auto answer = next_answer(deadline);
        if (!answer) {
            if (!answers.failure) answers.failure = answer.failure();
            return;
        }
        PGresult* const result = answer->get();
        if (is_error(result) && !answers.failure) {
            answers.failure = failure_of_result(result);
            answers.sqlstate = sqlstate_of(result);
            answers.is_plain_error = is_plain(result);
        }
        if (answers.failure) continue;
        if (prepared_sql == nullptr) {
            answers.rows.emplace_back(answer->release());
        } else {
            // Only now: what stands in the batch after an error was never prepared.
            prepared_.insert(preparing_.extract(prepared_sql));
        }
    }
    // An error may still stand before the end: that of a transaction without BEGIN which failed as
    // it was committed, or the server's last word.
    while (true) {
        const auto answer = next_answer(deadline);
        if (answer && PQresultStatus(answer->get()) == PGRES_PIPELINE_SYNC) return;
        if (!answers.failure) {
            answers.failure = answer ? failure_of_result(answer->get()) : answer.failure();
        }
        if (!answer) return;
    }
}

Result<PostgresResult> PostgresPipeline::next_answer(SteadyInstant deadline) {
    // An end stands between any two answers, and never two of them.
    for (int end_count = 0; end_count < 2; ++end_count) {
        auto result = next_result(deadline);
        if (!result || *result != nullptr) return result;
    }
    return lose();
}

Result<PostgresResult> PostgresPipeline::next_result(SteadyInstant deadline) {
    PGconn* const connection = handle_.get();
    bool is_lost = false;
    while (true) {
        const int unsent = PQflush(connection);
        is_lost = is_lost || unsent < 0 || PQstatus(connection) == CONNECTION_BAD;
        // What the server said before the connection was lost comes first.
        if (PQisBusy(connection) == 0) return PostgresResult(PQgetResult(connection));
        if (is_lost) return lose();
        const auto events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
        if (!wait_for_socket(connection, events, deadline)) return give_up("no answer in time");
        is_lost = PQconsumeInput(connection) == 0;
    }
}

Result<void> PostgresPipeline::run_script(const std::string& script, SteadyInstant deadline) {
    if (auto failure = obstacle(deadline)) return *std::move(failure);
    if (holds_nul(std::string_view(script))) return nul_in_a_text;
    count(round_trip_count_);
    count(statement_count_);
    if (PQexitPipelineMode(handle_.get()) != 1 || PQsendQuery(handle_.get(), script.c_str()) != 1) {
        return lose();
    }
    auto done = read_script_answers(deadline);
    if (!is_broken_ && PQenterPipelineMode(handle_.get()) != 1) return lose();
    return done;
}

Result<void> PostgresPipeline::read_script_answers(SteadyInstant deadline) {
    Result<void> done;
    while (true) {
        const auto result = next_result(deadline);
        if (!result) return done ? Result<void>(result.failure()) : done;
        if (*result == nullptr) break;
        const ExecStatusType status = PQresultStatus(result->get());
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
            static_cast<void>(give_up("COPY"));
            return Failure{FailureKind::invalid, "PostgreSQL: COPY has no place in a script"};
        }
        if (is_error(result->get()) && done) done = failure_of_result(result->get());
    }
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
        Failure lost = lose();
        return done ? Result<void>(std::move(lost)) : done;
    }
    return done;
}

Result<std::vector<std::string>> PostgresPipeline::wait_for_notifications(SteadyInstant deadline) {
    if (!is_usable()) return give_up("the connection is broken");
    std::vector<std::string> payloads;
    while (true) {
        const bool is_lost = PQconsumeInput(handle_.get()) == 0;
        while (PGnotify* const notification = PQnotifies(handle_.get())) {
            payloads.emplace_back(notification->extra);
            PQfreemem(notification);
        }
        if (!payloads.empty()) return payloads;
        if (is_lost) return lose();
        if (!wait_for_socket(handle_.get(), POLLIN, deadline)) return payloads;
    }
}

std::optional<Failure> PostgresPipeline::obstacle(SteadyInstant deadline) const {
    if (!is_usable())
        return Failure{FailureKind::unavailable, "PostgreSQL: the connection is gone"};
    if (deadline <= SteadyInstant::clock::now()) {
        return Failure{FailureKind::unavailable, "PostgreSQL: no time left to send anything"};
    }
    return std::nullopt;
}

Failure PostgresPipeline::give_up(std::string_view why) {
    is_broken_ = true;
    return {FailureKind::unavailable, fmt::format("PostgreSQL: {}", why)};
}

Failure PostgresPipeline::lose() {
    is_broken_ = true;
    return failure_of_lost(handle_.get());
}

bool PostgresPipeline::is_usable() const {
    return !is_broken_ && PQstatus(handle_.get()) == CONNECTION_OK;
}

void PostgresPipeline::read_notice(void* pipeline, const pg_result* notice) {
    if (says_that_no_standby_was_waited_for(notice)) {
        static_cast<PostgresPipeline*>(pipeline)->was_standby_skipped_ = true;
    }
}

void PostgresPipeline::count(std::atomic<std::uint64_t>& counter) {
    counter.store(counter.load(relaxed) + 1, relaxed);
}

}  // namespace dibs::database
