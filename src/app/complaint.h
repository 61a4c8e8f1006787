#pragma once

#include "app/command_line.h"
#include "base/failure.h"

namespace dibs::app {

/// Says on standard error, in one line, why a command could not do its work, and gives the exit
/// code that goes with it: wrong usage for what the caller can put right in the call itself.
ExitCode complain(const base::Failure& failure);

}  // namespace dibs::app
