#pragma once

#include <source_location>
#include <string_view>

namespace dibs::base {

/// Says on standard error what was taken for granted and where, and aborts. May be called from any
/// thread.
[[noreturn]] void stop_for_bug(std::string_view promise, std::source_location where);

/// States what must be true here whatever the outside does. If it is not, the process stops at
/// once: books that contradict themselves are worse than no service. Stays on in release builds.
inline void ensure(bool holds, std::string_view promise,
                   std::source_location where = std::source_location::current()) {
    if (!holds) [[unlikely]]
        stop_for_bug(promise, where);
}

}  // namespace dibs::base
