#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"

namespace dibs::app {

/// One thing that can be configured. From its row come the flag, the variable, the TOML key, the
/// help, the reference page and the errors.
struct Setting {
    std::string_view name;         ///< `group-max`: `--group-max`, `DIBS_GROUP_MAX`, `group-max =`.
    std::string_view placeholder;  ///< `N`
    std::string_view group;        ///< The heading that it stands under.
    std::string_view meaning;      ///< A sentence without its full stop.
    std::string default_text;      ///< Empty: not set.
    std::string_view default_words = {};  ///< How pages put a default that depends on something.
    std::string expected;                 ///< What a value has to be: `a whole number from 1 to 9`.
    bool is_number = false;               ///< Written without quotes in TOML.
    bool is_truth = false;  ///< Likewise; and the flag alone, without a value, means true.

    /// Reads a value into the settings; false if it is not what is expected.
    std::function<bool(std::string_view text, Settings& settings)> read;
    /// The value as `read` takes it, passwords masked; empty if it is not set.
    std::function<std::string(const Settings& settings)> show;
};

/// All settings, in the order in which they are shown.
[[nodiscard]] const std::vector<Setting>& setting_table();

/// The row of that name, which must be there.
[[nodiscard]] const Setting& setting_named(std::string_view name);

/// `--group-max N`, as pages show the flag.
[[nodiscard]] std::string flag_of(const Setting& setting);

/// `DIBS_GROUP_MAX` for `group-max`.
[[nodiscard]] std::string variable_of(std::string_view setting_name);

}  // namespace dibs::app
