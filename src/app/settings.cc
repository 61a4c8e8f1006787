#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/configuration_file.h"
#include "app/nearest_name.h"
#include "app/setting_table.h"

namespace dibs::app {

namespace {

constexpr std::string_view variable_prefix = "DIBS_";
constexpr std::string_view config_variable = "DIBS_CONFIG";

// Variables that commands read beside the settings: a token must not stand on a command line, where
// everybody on the machine can read it.
constexpr std::string_view other_variables[] = {config_variable, "DIBS_TOKEN"};

constexpr std::string_view default_origin = "default";
constexpr std::string_view command_line_origin = "the command line";

// Choice: one coupon's group each, and the coupons that are in demand at one time are few.
constexpr std::size_t committers_of_server_stores = 4;

using FileValues = std::map<std::string, FileValue, std::less<>>;

/// The variable's value, if it is set to something.
const std::string* value_of(const Environment& environment, std::string_view variable) {
    const auto found = environment.find(variable);
    return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

base::Result<FileValues> read_file_of(const SettingSources& sources) {
    const auto flag = sources.flags.find("config");
    const bool is_flag = flag != sources.flags.end();
    const std::string* const path =
        is_flag ? &flag->second : value_of(sources.environment, config_variable);
    if (path == nullptr) return FileValues();
    base::Result<FileValues> values = read_configuration_file(*path);
    if (!values && values.failure().kind == base::FailureKind::unavailable) {
        return base::invalid(fmt::format("--config (from {}): {}",
                                         is_flag ? command_line_origin : config_variable,
                                         values.failure().what));
    }
    return values;
}

/// The value that wins, and where it came from.
FileValue choose(const Setting& setting, const SettingSources& sources, const FileValues& file) {
    const auto flag = sources.flags.find(setting.name);
    if (flag != sources.flags.end()) return {flag->second, std::string(command_line_origin)};
    const std::string variable = variable_of(setting.name);
    if (const std::string* value = value_of(sources.environment, variable)) {
        return {*value, variable};
    }
    const auto in_file = file.find(setting.name);
    if (in_file != file.end()) return in_file->second;
    return {setting.default_text, std::string(default_origin)};
}

/// Where the value of a setting came from; for errors about two of them.
std::string describe(const MergedSettings& merged, std::string_view name) {
    const std::vector<Setting>& table = setting_table();
    for (std::size_t at = 0; at < table.size(); ++at) {
        if (table[at].name == name) return fmt::format("--{} (from {})", name, merged.origins[at]);
    }
    return fmt::format("--{}", name);
}

/// What no value is wrong about alone.
base::Result<void> check_together(const MergedSettings& merged) {
    const Settings& settings = merged.settings;
    if (settings.jwt_secret_file && settings.jwks_file) {
        return base::invalid(
            fmt::format("{} and {} exclude each other: tokens are signed either way",
                        describe(merged, "jwt-secret-file"), describe(merged, "jwks-file")));
    }
    // Port 0 is any free one, a different one each.
    if (settings.listen.port != 0 && settings.listen == settings.admin_listen) {
        return base::invalid(
            fmt::format("{} and {} are both {}: operators need a listener of their own",
                        describe(merged, "listen"), describe(merged, "admin-listen"),
                        in_quotes(to_text(settings.listen))));
    }
    return {};
}

}  // namespace

Environment read_environment(const char* const* variables) {
    Environment environment;
    for (; *variables != nullptr; ++variables) {
        const std::string_view variable(*variables);
        const std::size_t name_end = variable.find('=');
        if (name_end == std::string_view::npos) continue;
        environment.emplace(variable.substr(0, name_end), variable.substr(name_end + 1));
    }
    return environment;
}

base::Result<MergedSettings> merge_settings(const SettingSources& sources,
                                            const std::vector<std::string_view>& names) {
    const base::Result<FileValues> file = read_file_of(sources);
    if (!file) return file.failure();
    MergedSettings merged;
    for (const Setting& setting : setting_table()) {
        std::string& origin = merged.origins.emplace_back();
        if (std::find(names.begin(), names.end(), setting.name) == names.end()) continue;
        FileValue chosen = choose(setting, sources, *file);
        origin = std::move(chosen.origin);
        if (setting.name == "committers" && origin == default_origin &&
            !is_sqlite_url(merged.settings.store)) {
            chosen.text = std::to_string(committers_of_server_stores);
        }
        const bool is_absent = origin == default_origin && chosen.text.empty();
        if (is_absent || setting.read(chosen.text, merged.settings)) continue;
        return base::invalid(fmt::format("--{} (from {}): {} is not {}", setting.name, origin,
                                         in_quotes(mask_passwords(chosen.text)), setting.expected));
    }
    const base::Result<void> checked = check_together(merged);
    if (!checked) return checked.failure();
    return merged;
}

std::vector<std::string_view> all_setting_names() {
    std::vector<std::string_view> names;
    for (const Setting& setting : setting_table()) names.push_back(setting.name);
    return names;
}

std::vector<std::string> find_unknown_variables(const Environment& environment) {
    std::vector<std::string> known(std::begin(other_variables), std::end(other_variables));
    for (const Setting& setting : setting_table()) known.push_back(variable_of(setting.name));
    std::vector<std::string> sentences;
    for (const auto& [name, value] : environment) {
        if (!name.starts_with(variable_prefix)) continue;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        sentences.push_back(
            fmt::format("the environment's {} is not a setting{}", name, suggest(name, known)));
    }
    return sentences;
}

}  // namespace dibs::app
