#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3_stmt;

namespace dibs::database {

struct SqliteState;

/// A compiled statement: bind, step through the rows, reset. Belongs to its connection.
class SqliteStatement {
public:
    ~SqliteStatement();
    SqliteStatement(SqliteStatement&&) noexcept;
    SqliteStatement& operator=(SqliteStatement&&) noexcept;

    /// Binds the parameters 1, 2, 3 … in the order given. Texts are not copied: they must live
    /// until the statement has been reset. Bind only a statement that is not being stepped.
    template <typename... Values>
    void bind(const Values&... values) {
        int place = 0;
        (bind_one(++place, values), ...);
    }

    /// Goes to the next row; false when there is none. Reset before using the statement again.
    /// Fails: unavailable, refused, corrupted.
    [[nodiscard]] base::Result<bool> step();

    /// Runs to the end and resets: for statements that give no rows.
    [[nodiscard]] base::Result<void> run();

    void reset();

    /// The columns of the row that `step` went to, from 0. Texts are valid until the next step or
    /// reset.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] bool is_null(int column) const;

private:
    friend class SqliteConnection;
    SqliteStatement(sqlite3_stmt* statement, SqliteState* connection);

    void bind_one(int place, std::int64_t value);
    void bind_one(int place, std::string_view value);
    void bind_one(int place, const std::string& value) { bind_one(place, std::string_view(value)); }
    void bind_one(int place, const char* value) { bind_one(place, std::string_view(value)); }
    void bind_one(int place, std::nullopt_t);
    template <typename Value>
    void bind_one(int place, const std::optional<Value>& value) {
        if (value) {
            bind_one(place, *value);
        } else {
            bind_one(place, std::nullopt);
        }
    }

    sqlite3_stmt* statement_;
    SqliteState* connection_;
};

/// Resets a statement when the scope ends, however it ends.
class SqliteReset {
public:
    explicit SqliteReset(SqliteStatement& statement) : statement_(statement) {}
    ~SqliteReset() { statement_.reset(); }
    SqliteReset(const SqliteReset&) = delete;
    SqliteReset& operator=(const SqliteReset&) = delete;

private:
    SqliteStatement& statement_;
};

}  // namespace dibs::database
