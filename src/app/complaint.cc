#include "app/complaint.h"

#include <fmt/format.h>

#include <cstdio>

namespace dibs::app {

ExitCode complain(const base::Failure& failure) {
    fmt::print(stderr, "dibs: {}\n", failure.what);
    return failure.kind == base::FailureKind::invalid ? ExitCode::wrong_usage : ExitCode::failed;
}

}  // namespace dibs::app
