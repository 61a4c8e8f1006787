#include "app/settings_text.h"

#include <fmt/format.h>

#include <string_view>

#include "app/setting_table.h"

namespace dibs::app {

namespace {

// Choice: where most values have ended, so that the comments stand under each other.
constexpr std::size_t comment_column = 46;

constexpr std::string_view toml_heading =
    "# What `dibs serve` would use. Flags win over DIBS_* variables, these over the file that\n"
    "# --config names, the file over defaults.\n";

constexpr std::string_view reference_heading =
    R"(# Configuration

Each setting can be given in three ways. The first that is given counts:

1. a flag: `dibs serve --group-max 512`
2. an environment variable: `DIBS_GROUP_MAX=512` (one that is empty counts as not set)
3. a line of the TOML file that `--config FILE` or `DIBS_CONFIG` names: `group-max = 512`
   (`group_max` is the same)

What none of them gives has its default. `dibs serve --print-config` shows what came out, and where
each value came from. A wrong value, or a name that no setting has, ends the process with exit code
2 and one line that says what is wrong; so does a file of keys that can't be read. An unknown
`DIBS_…` variable is warned about.

`dibs migrate`, `compact`, `verify`, `token`, `rehearse` and `coupon` take the settings that concern
them from the same places.
)";

/// How the default is put on pages: words if it depends on something.
std::string default_of(const Setting& setting) {
    if (!setting.default_words.empty()) return std::string(setting.default_words);
    if (setting.default_text.empty()) return "not set";
    return "`" + setting.default_text + "`";
}

/// The file whose key holds where none is named; empty where no such key is used.
std::string key_file_by_default(const MergedSettings& merged) {
    const Settings& settings = merged.settings;
    const bool is_used = settings.auth == AuthenticationMode::jwt && !settings.jwks_file;
    return is_used ? key_file_of(settings.store) : std::string();
}

std::string row_of(const Setting& setting) {
    return fmt::format("| `{}` | `{}` | {} | {} | {} |\n", flag_of(setting),
                       variable_of(setting.name), setting.meaning, default_of(setting),
                       setting.expected);
}

}  // namespace

std::string to_toml(const MergedSettings& merged) {
    std::string text(toml_heading);
    std::string_view group;
    const std::vector<Setting>& table = setting_table();
    for (std::size_t at = 0; at < table.size(); ++at) {
        const Setting& setting = table[at];
        const std::string& origin = merged.origins[at];
        if (origin.empty()) continue;
        if (setting.group != group) text += fmt::format("\n# {}\n", setting.group);
        group = setting.group;
        std::string value = setting.show(merged.settings);
        std::string line;
        // TOML has no value that means "not set": the line is there, but as a comment.
        const bool is_set = !value.empty();
        if (!is_set) line += "# ";
        if (!is_set && setting.name == "jwt-secret-file") value = key_file_by_default(merged);
        const bool is_bare = setting.is_number || setting.is_truth;
        line += fmt::format("{} = {}", setting.name, is_bare ? value : in_quotes(value));
        std::string comment = origin;
        if (!is_set) {
            comment = value.empty() ? "not set" : "not set: this file, generated if it is missing";
        } else if (origin != "default") {
            comment = "from " + origin;
        }
        text += fmt::format("{:{}}  # {}\n", line, comment_column, comment);
    }
    return text;
}

std::string settings_reference() {
    std::string text(reference_heading);
    std::string_view group;
    for (const Setting& setting : setting_table()) {
        if (setting.group != group) {
            text += fmt::format(
                "\n## {}\n\n| flag | variable | meaning | default | takes |\n"
                "|---|---|---|---|---|\n",
                setting.group);
        }
        group = setting.group;
        text += row_of(setting);
    }
    return text;
}

}  // namespace dibs::app
