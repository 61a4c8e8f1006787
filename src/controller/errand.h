#pragma once

#include <functional>

#include "base/workers.h"
#include "http/message.h"
#include "http/reply.h"

namespace dibs::controller {

/// Work that may block, and gives the response in the end.
using Errand = std::move_only_function<http::Response()>;

/// Runs `errand` on `workers` and sends what it gives from the reply's own loop; 503 `overloaded`
/// at once if the workers' line is full. Call on the reply's loop; returns at once.
void run_errand(base::Workers& workers, http::Reply reply, Errand errand);

}  // namespace dibs::controller
