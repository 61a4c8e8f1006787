#include <fmt/format.h>

#include "app/commands.h"
#include "app/complaint.h"
#include "repository/store.h"

namespace dibs::app {

ExitCode migrate(const MigrateCommand& command) {
    const auto report = repository::migrate_store(command.store);
    if (!report) return complain(report.failure());
    if (report->from_number == report->to_number) {
        fmt::print("The schema is number {}; nothing was to be done.\n", report->to_number);
    } else {
        fmt::print("The schema went from number {} to {}.\n", report->from_number,
                   report->to_number);
    }
    return ExitCode::done;
}

}  // namespace dibs::app
