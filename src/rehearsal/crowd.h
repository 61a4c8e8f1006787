#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/crowd_result.h"
#include "rehearsal/progress.h"

namespace dibs::rehearsal {

/// Sends a crowd at an address over real HTTP/1.1 connections and says what it saw.
///
/// Each connection carries one request at a time. A request is sent once: if its connection breaks
/// or its time is up it counts as unanswered, its outcome unknown, and is never sent again. A
/// broken connection is opened again for the requests that follow. Raises this process's limit of
/// open files, and comes with fewer connections, and a note that says so, if that is not enough.
///
/// Blocks until the crowd is through; `stop` ends it early, within about two seconds, with what it
/// saw until then. `clock` must be one that really passes: sockets wait by the machine's own.
/// Fails: invalid (the options, the host), unavailable (nobody takes connections there, or no file
/// can be opened), stopping (stopped before it began).
[[nodiscard]] base::Result<CrowdResult> run_crowd(const CrowdOptions& options, ProgressSink& sink,
                                                  const base::Clock& clock,
                                                  std::stop_token stop = {});

}  // namespace dibs::rehearsal
