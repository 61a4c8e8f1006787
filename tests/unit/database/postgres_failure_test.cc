// Goal: every SQLSTATE that matters means what the contract says. Method: a table.

#include "database/postgres_failure.h"

#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "support/printing.h"

namespace dibs::database {
namespace {

using base::FailureKind;

TEST(PostgresFailure, ASqlstateHasItsKind) {
    constexpr auto table = std::to_array<std::pair<std::string_view, FailureKind>>({
        {"23505", FailureKind::refused},      // unique_violation
        {"23514", FailureKind::refused},      // check_violation
        {"P0001", FailureKind::refused},      // raise_exception
        {"P0004", FailureKind::refused},      // assert_failure
        {"42501", FailureKind::refused},      // insufficient_privilege
        {"40001", FailureKind::conflict},     // serialization_failure
        {"40P01", FailureKind::conflict},     // deadlock_detected
        {"55P03", FailureKind::conflict},     // lock_not_available
        {"40003", FailureKind::in_doubt},     // statement_completion_unknown
        {"08006", FailureKind::unavailable},  // connection_failure
        {"25006", FailureKind::unavailable},  // read_only_sql_transaction
        {"25P03", FailureKind::unavailable},  // idle_in_transaction_session_timeout
        {"53100", FailureKind::unavailable},  // disk_full
        {"53300", FailureKind::unavailable},  // too_many_connections
        {"57014", FailureKind::unavailable},  // query_canceled
        {"57P01", FailureKind::unavailable},  // admin_shutdown
        {"57P03", FailureKind::unavailable},  // cannot_connect_now
        {"58030", FailureKind::unavailable},  // io_error
        {"", FailureKind::unavailable},       // libpq's own
        {"XX001", FailureKind::corrupted},    // data_corrupted
        {"22012", FailureKind::invalid},      // division_by_zero
        {"25P02", FailureKind::invalid},      // in_failed_sql_transaction
        {"28P01", FailureKind::invalid},      // invalid_password
        {"3D000", FailureKind::invalid},      // invalid_catalog_name
        {"42601", FailureKind::invalid},      // syntax_error
    });
    for (const auto& [sqlstate, kind] : table) {
        EXPECT_EQ(kind_of_sqlstate(sqlstate), kind) << sqlstate;
    }
}

}  // namespace
}  // namespace dibs::database
