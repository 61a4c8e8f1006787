#include "app/command_form.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/setting_table.h"

namespace dibs::app {

namespace {

// Choice: help is read on terminals of 100 columns and in documents of the same width.
constexpr std::size_t line_width = 100;
constexpr std::size_t text_column = 30;

/// One entry of a list in two columns: a name, and text that is wrapped beside it.
std::string entry(std::string_view name, std::string_view text) {
    std::string out = fmt::format("  {}", name);
    std::size_t column = out.size();
    // A name that is too long for its column has a line of its own.
    if (column + 2 > text_column) {
        out += '\n';
        column = 0;
    }
    out.append(text_column - column, ' ');
    column = text_column;
    while (!text.empty()) {
        const std::size_t word_end = std::min(text.find(' '), text.size());
        if (column > text_column && column + 1 + word_end > line_width) {
            out += '\n';
            out.append(text_column, ' ');
            column = text_column;
        } else if (column > text_column) {
            out += ' ';
            ++column;
        }
        out += text.substr(0, word_end);
        column += word_end;
        text.remove_prefix(std::min(word_end + 1, text.size()));
    }
    return out + '\n';
}

std::string with_default(std::string_view meaning, std::string_view default_text,
                         std::string_view default_words) {
    const std::string_view shown = default_words.empty() ? default_text : default_words;
    return shown.empty() ? std::string(meaning) : fmt::format("{} [{}]", meaning, shown);
}

std::string entry_of(const OptionForm& option) {
    std::string name;
    switch (option.kind) {
        case OptionKind::value:
            name = fmt::format("--{} {}", option.name, option.placeholder);
            break;
        case OptionKind::flag: name = fmt::format("--{}", option.name); break;
        case OptionKind::positional: name = option.name; break;
    }
    const std::string meaning =
        with_default(option.meaning, option.default_text, option.default_words);
    return entry(name, option.is_required && option.kind == OptionKind::value
                           ? meaning + " (required)"
                           : meaning);
}

std::string usage_of(const CommandForm& form) {
    std::string usage = fmt::format("Usage: dibs {}", form.name);
    for (const OptionForm& option : form.options) {
        if (option.kind == OptionKind::positional) usage += fmt::format(" {}", option.name);
    }
    for (const OptionForm& option : form.options) {
        if (option.kind == OptionKind::value && option.is_required) {
            usage += fmt::format(" --{} {}", option.name, option.placeholder);
        }
    }
    return usage + " [options]\n";
}

/// The settings that the command takes, under the headings of their table.
std::string settings_of(const CommandForm& form) {
    std::string out;
    std::string_view group;
    for (const Setting& setting : setting_table()) {
        if (std::find(form.settings.begin(), form.settings.end(), setting.name) ==
            form.settings.end()) {
            continue;
        }
        if (setting.group != group) out += fmt::format("\n{}:\n", setting.group);
        group = setting.group;
        out += entry(flag_of(setting),
                     with_default(setting.meaning, setting.default_text, setting.default_words));
    }
    if (out.empty()) return out;
    out +=
        fmt::format("\nEach of these can also be set in the environment, as {}, or in the file:\n",
                    variable_of(form.settings.front()));
    out += entry("--config FILE", "A TOML file of settings (also DIBS_CONFIG)");
    return out;
}

}  // namespace

std::string help_of(const CommandForm& form) {
    std::string out = fmt::format("{}.\n\n{}", form.meaning, usage_of(form));
    out += "\nOptions, with their defaults in brackets:\n";
    for (const OptionForm& option : form.options) out += entry_of(option);
    out += entry("-h, --help", "Show this");
    out += settings_of(form);
    out += fmt::format("\nExamples:\n{}", form.examples);
    return out;
}

std::string help_of_all(std::string_view family) {
    const std::string prefix = family.empty() ? std::string() : std::string(family) + ' ';
    std::string out = family.empty()
                          ? "Dibs gives out coupons: first come, first served.\n"
                          : "Look after coupons, over the operators' API of a running service.\n";
    out += fmt::format("\nUsage: dibs {}COMMAND [options]\n\nCommands:\n", prefix);
    for (const CommandForm& form : command_forms()) {
        if (form.name.starts_with(prefix)) {
            out += entry(form.name.substr(prefix.size()), form.meaning);
        }
    }
    out += fmt::format("\nOptions:\n{}", entry("-h, --help", "Show this, or a command's own help"));
    if (!family.empty()) return out;
    out += entry("--version", "Show the version");
    out +=
        "\nThe first minute:\n"
        "  dibs demo\n"
        "\nExit codes: 0 done, 1 it failed or found something, 2 wrong usage.\n";
    return out;
}

}  // namespace dibs::app
