#include "app/configuration_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "app/nearest_name.h"
#include "app/setting_table.h"
#include "app/value_spelling.h"
#include "identity/file_text.h"

namespace dibs::app {

namespace {

// Choice: every setting with a page of comments fits many times over.
constexpr std::size_t file_size_max_bytes = 1024 * 1024;

std::string place_of(const std::string& path, const toml::source_region& source) {
    return fmt::format("{} line {}", path, source.begin.line);
}

/// The library throws what it does not understand; nothing of that leaves this function.
base::Result<toml::table> parse(const std::string& path, const std::string& text) {
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        std::string what(error.description());
        std::replace(what.begin(), what.end(), '\n', ' ');
        return base::invalid(
            fmt::format("{}: is not TOML: {}", place_of(path, error.source()), what));
    }
}

std::vector<std::string> known_names() {
    std::vector<std::string> names;
    for (const Setting& setting : setting_table()) names.emplace_back(setting.name);
    return names;
}

/// The value as a flag would spell it; nothing for tables, lists, dates and fractions, which no
/// setting takes.
std::optional<std::string> spell(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    return std::nullopt;
}

}  // namespace

base::Result<std::map<std::string, FileValue, std::less<>>> read_configuration_file(
    const std::string& path) {
    const base::Result<identity::FileText> file = identity::read_file(path, file_size_max_bytes);
    if (!file) return base::Failure{base::FailureKind::unavailable, file.failure().what};
    return read_configuration(file->text, path);
}

base::Result<std::map<std::string, FileValue, std::less<>>> read_configuration(
    const std::string& text, const std::string& path) {
    const base::Result<toml::table> table = parse(path, text);
    if (!table) return table.failure();

    const std::vector<std::string> names = known_names();
    std::map<std::string, FileValue, std::less<>> values;
    for (const auto& [key, node] : *table) {
        const std::string place = place_of(path, key.source());
        std::string name(key.str());
        std::replace(name.begin(), name.end(), '_', '-');
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            return base::invalid(fmt::format("{}: {} is not a setting{}", place,
                                             in_quotes(mask_passwords(key.str())),
                                             suggest(name, names)));
        }
        std::optional<std::string> value = spell(node);
        if (!value) {
            return base::invalid(fmt::format(
                "{}: the value of {} is neither a text, a whole number nor true or false", place,
                in_quotes(key.str())));
        }
        const bool is_new =
            values.emplace(name, FileValue{.text = *std::move(value), .origin = place}).second;
        if (!is_new)
            return base::invalid(fmt::format("{}: {} is set twice", place, in_quotes(name)));
    }
    return values;
}

}  // namespace dibs::app
