#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace dibs::base {

void stop_for_bug(std::string_view promise, std::source_location where) {
    // Not through the logger: its own state may be what broke.
    std::fprintf(stderr,
                 "{\"level\":\"fatal\",\"event\":\"broken-promise\",\"promise\":\"%.*s\",\"at\":\"%"
                 "s:%u\"}\n",
                 static_cast<int>(promise.size()), promise.data(), where.file_name(), where.line());
    std::fflush(stderr);
    std::abort();
}

}  // namespace dibs::base
