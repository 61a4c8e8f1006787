#pragma once

#include <string>
#include <vector>

#include "base/guarded.h"

namespace dibs::test {

/// Hears every statement that any SQLite connection of this process starts, from when this is made
/// until it goes; connections that are opened before are not heard. One at a time. Statements that
/// triggers run are not reported.
class SqliteObserver {
public:
    SqliteObserver();
    ~SqliteObserver();

    SqliteObserver(const SqliteObserver&) = delete;
    SqliteObserver& operator=(const SqliteObserver&) = delete;

    /// What was started since the last call, as it was prepared (with `?1`, not with values), in
    /// order. Any thread may be running statements meanwhile.
    [[nodiscard]] std::vector<std::string> take_heard();

    /// For SQLite's own call; any thread.
    void hear(std::string statement);

private:
    base::Guarded<std::vector<std::string>> heard_;
};

}  // namespace dibs::test
