#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/value_spelling.h"
#include "base/log.h"
#include "base/result.h"

namespace dibs::app {

/// How callers prove who they are.
enum class AuthenticationMode : std::uint8_t { jwt, trusted_header };

/// Everything that can be configured, in the types that it is used in. What each value means, its
/// default and its limits stand in `setting_table.cc`; values come from `merge_settings`.
struct Settings {
    Endpoint listen;
    Endpoint admin_listen;
    std::string store;  ///< A URL; may hold a password: show it through `mask_passwords` only.
    bool allow_fsync_off = false;

    AuthenticationMode auth = AuthenticationMode::jwt;
    std::optional<std::string> jwt_secret_file;
    std::optional<std::string> jwks_file;
    std::optional<std::string> jwt_issuer;
    std::optional<std::string> jwt_audience;

    std::size_t group_max = 0;
    std::size_t queue_max = 0;
    std::chrono::milliseconds request_deadline{0};
    std::size_t committers = 0;
    std::size_t readers = 0;
    std::size_t user_rate = 0;  ///< Requests a second; 0: not limited.
    std::size_t user_burst = 0;

    std::chrono::minutes compact_at{0};  ///< Since midnight in the time zone.
    std::string time_zone;               ///< A name that the machine's zones know.
    std::size_t compact_keep_days = 0;
    std::size_t compact_step = 0;

    std::size_t http_threads = 0;
    std::size_t connections_max = 0;
    std::size_t header_size_max_bytes = 0;
    std::size_t body_size_max_bytes = 0;
    std::chrono::milliseconds header_timeout{0};
    std::chrono::milliseconds body_timeout{0};
    std::chrono::milliseconds idle_timeout{0};
    std::chrono::milliseconds write_timeout{0};
    std::chrono::milliseconds drain_timeout{0};

    base::log::Level log_level = base::log::Level::info;
};

/// The process's environment variables.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The environment as the operating system hands it over: `NAME=value` texts, null at the end.
[[nodiscard]] Environment read_environment(const char* const* variables);

/// Settings, and for each row of the setting table where its value came from: `default`,
/// `the command line`, `DIBS_GROUP_MAX`, `dibs.toml line 3`; empty for rows that were not wanted.
struct MergedSettings {
    Settings settings;
    std::vector<std::string> origins;
};

/// What values are taken from. Flags win over `DIBS_*` variables, these over the file that
/// `--config` or `DIBS_CONFIG` names, the file over defaults. A variable that is empty counts as
/// not set.
struct SettingSources {
    std::map<std::string, std::string, std::less<>> flags;  ///< By name, with no dashes in front.
    const Environment& environment;
};

/// Merges the settings of these names; of the others nothing is read, and they stay zero. Blocks on
/// the disk if there is a file.
/// Fails: invalid, with one line that names the setting, where its value came from, the value and
/// what was expected.
[[nodiscard]] base::Result<MergedSettings> merge_settings(
    const SettingSources& sources, const std::vector<std::string_view>& names);

/// The names of all settings, for who wants every one of them.
[[nodiscard]] std::vector<std::string_view> all_setting_names();

/// A sentence for each variable that begins with `DIBS_` and means nothing.
[[nodiscard]] std::vector<std::string> find_unknown_variables(const Environment& environment);

}  // namespace dibs::app
