#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/child_process.h"
#include "support/temporary_directory.h"

namespace dibs::repository {

/// A store that the project wrote and closed, for the database's own shell to try things on.
///
/// Coupon 1 has three live events (stocked 5, issued to alice, issued to bob); of coupon 2 the
/// first two events are folded (stocked 9, issued to alice) and one is live (issued to bob).
class SqliteGuards : public testing::Test {
protected:
    SqliteGuards();

    /// For opening it again.
    [[nodiscard]] std::string url() const { return "sqlite:" + path_; }

    /// Runs `sql` with the shell, up to the first error.
    [[nodiscard]] test::Finished run(const std::string& sql) const;

    /// Expects that the shell is told `reason`, and that the store is what it was, row by row.
    void expect_refused(const std::string& sql, const std::string& reason) const;

private:
    [[nodiscard]] std::string dump() const;

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

/// Noon as the store keeps it: when everything in it happened.
[[nodiscard]] std::int64_t noon_microseconds();

// What follows INSERT INTO, with these values.

/// coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, created_at
[[nodiscard]] std::string history_row(std::string_view values);
/// coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id, created_at
[[nodiscard]] std::string inventory_row(std::string_view values);
/// user_id, coupon_id, nth, sequence, rank, registered_at, status
[[nodiscard]] std::string registered_row(std::string_view values);

}  // namespace dibs::repository
