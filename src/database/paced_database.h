#pragma once

#include <memory>

namespace dibs::database {

/// A way to SQLite's files on which the database itself is synced after every few pages that are
/// written to it: for whoever copies a log beside somebody who commits. Written all at once and
/// synced at the end, the pages of a long log keep the disk busy for as long as that takes,
/// and every commit stands behind them. Belongs to one connection, which must not outlive it.
///
/// A sync that fails is told as a write that failed.
class PacedDatabase {
public:
    PacedDatabase();
    ~PacedDatabase();
    PacedDatabase(const PacedDatabase&) = delete;
    PacedDatabase& operator=(const PacedDatabase&) = delete;

    /// What `sqlite3_open_v2` knows it by.
    [[nodiscard]] const char* name() const;

    struct Files;

private:
    std::unique_ptr<Files> files_;
};

}  // namespace dibs::database
