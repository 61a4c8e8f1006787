#pragma once

#include <string>

#include "app/settings.h"

namespace dibs::app {

/// The settings as a TOML file that would lead to them, each with a comment that says where its
/// value came from. Passwords in URLs are masked; what secrets' files hold is never read here.
[[nodiscard]] std::string to_toml(const MergedSettings& merged);

/// The reference page of all settings, in Markdown: `docs/reference/configuration.md`.
[[nodiscard]] std::string settings_reference();

}  // namespace dibs::app
