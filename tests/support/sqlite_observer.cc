#include "support/sqlite_observer.h"

#include <sqlite3.h>

#include <atomic>
#include <utility>

#include "base/ensure.h"

namespace dibs::test {

namespace {

// SQLite calls what it was given as an automatic extension without any context, so the one observer
// that there is has to be found here.
std::atomic<SqliteObserver*> the_observer = nullptr;

int on_statement(unsigned, void*, void* statement, void* text) {
    SqliteObserver* const observer = the_observer;
    if (observer == nullptr) return 0;
    observer->be_told_of_one();
    // What a trigger runs is reported as a comment.
    const bool is_of_trigger = std::string_view(static_cast<const char*>(text)).starts_with("--");
    if (is_of_trigger) return 0;
    observer->hear(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
    return 0;
}

int listen_to(sqlite3* connection, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, on_statement, nullptr);
}

void (*as_extension())() {
    // SQLite's own signature for an entry point that it calls with three arguments.
    return reinterpret_cast<void (*)()>(listen_to);
}

}  // namespace

SqliteObserver::SqliteObserver() {
    base::ensure(the_observer.exchange(this) == nullptr, "there is one observer at a time");
    sqlite3_auto_extension(as_extension());
}

SqliteObserver::~SqliteObserver() {
    sqlite3_cancel_auto_extension(as_extension());
    the_observer = nullptr;
}

std::vector<std::string> SqliteObserver::take_heard() {
    return heard_.with([](auto& heard) { return std::exchange(heard, {}); });
}

void SqliteObserver::hear(std::string statement) {
    heard_.with([&](auto& heard) { heard.push_back(std::move(statement)); });
}

}  // namespace dibs::test
