#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "app/setting_table.h"
#include "app/settings.h"

namespace dibs::app {

/// What a row of the setting table says, whatever kind of value it has.
struct SettingRow {
    std::string_view name;
    std::string_view placeholder = {};
    std::string_view meaning;
    std::string default_text = {};
    std::string_view default_words = {};
};

/// The smallest and the largest value that is taken.
struct Limits {
    std::size_t min;
    std::size_t max;
};

/// The kinds of settings: each makes a row that reads and shows the member that it is given.
[[nodiscard]] Setting whole_number(SettingRow row, std::size_t Settings::*member, Limits limits);
/// True or false; its row has no placeholder.
[[nodiscard]] Setting truth(SettingRow row, bool Settings::*member);
[[nodiscard]] Setting milliseconds(SettingRow row, std::chrono::milliseconds Settings::*member,
                                   Limits limits);
[[nodiscard]] Setting endpoint(SettingRow row, Endpoint Settings::*member);
/// A text that may be absent, and must be something if it is there.
[[nodiscard]] Setting optional_text(SettingRow row, std::optional<std::string> Settings::*member,
                                    std::string_view expected);
[[nodiscard]] Setting store_url(SettingRow row, std::string Settings::*member);
[[nodiscard]] Setting time_of_day(SettingRow row, std::chrono::minutes Settings::*member);
[[nodiscard]] Setting time_zone(SettingRow row, std::string Settings::*member);
[[nodiscard]] Setting authentication_mode(SettingRow row, AuthenticationMode Settings::*member);
[[nodiscard]] Setting log_level(SettingRow row, base::log::Level Settings::*member);

}  // namespace dibs::app
