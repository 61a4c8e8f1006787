#pragma once

#include <functional>
#include <string>
#include <utility>
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

    /// Calls `deed` whenever a statement is about to start, those of triggers as well, on the
    /// thread that runs it. Set it while nobody runs any.
    void at_each(std::function<void()> deed) { deed_ = std::move(deed); }

    /// For SQLite's own call; any thread.
    void hear(std::string statement);
    void be_told_of_one() const {
        if (deed_) deed_();
    }

private:
    base::Guarded<std::vector<std::string>> heard_;
    std::function<void()> deed_;
};

}  // namespace dibs::test
