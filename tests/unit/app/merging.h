#pragma once

#include <map>
#include <string>

#include "app/settings.h"

namespace dibs::app {

using Flags = std::map<std::string, std::string, std::less<>>;

/// What these flags and variables come to where every setting may be given.
[[nodiscard]] inline base::Result<MergedSettings> merge(const Flags& flags,
                                                        const Environment& environment = {}) {
    return merge_settings({.flags = flags, .environment = environment}, all_setting_names());
}

}  // namespace dibs::app
