#pragma once

#include "app/command_line.h"

// What each command does, once its line was understood. Each one tells what it has to tell on
// standard output, what went wrong on standard error, and gives the process's exit code.

namespace dibs::app {

[[nodiscard]] ExitCode migrate(const MigrateCommand& command);
[[nodiscard]] ExitCode compact(const CompactCommand& command);
[[nodiscard]] ExitCode verify(const VerifyCommand& command);
[[nodiscard]] ExitCode copy(const CopyCommand& command);
[[nodiscard]] ExitCode print_token(const TokenCommand& command);
[[nodiscard]] ExitCode manage_coupons(const CouponCommand& command);
[[nodiscard]] ExitCode rehearse(const RehearseCommand& command);
[[nodiscard]] ExitCode demonstrate(const DemoCommand& command);

}  // namespace dibs::app
