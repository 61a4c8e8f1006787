#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/command_line.h"
#include "app/option_reader.h"
#include "app/settings.h"

namespace dibs::app {

/// What kind of thing an option is on the command line.
enum class OptionKind : std::uint8_t {
    value,       ///< `--users N`
    flag,        ///< `--json`
    positional,  ///< `ID`
};

/// An option of one command; settings are no options of this kind, they have a table of their own.
struct OptionForm {
    std::string_view name;
    std::string_view placeholder = {};
    std::string_view meaning = {};
    std::string default_text = {};        ///< Empty: absent unless given.
    std::string_view default_words = {};  ///< How help puts a default that depends on something.
    OptionKind kind = OptionKind::value;
    bool is_required = false;
    bool is_repeatable = false;  ///< Several values: given again, or with commas between them.
};

/// A command: what it is called, takes and means, and how what was given becomes a `Command`.
struct CommandForm {
    std::string_view name;     ///< `serve`, `coupon create`
    std::string_view meaning;  ///< A sentence without its full stop.
    std::vector<OptionForm> options;
    std::vector<std::string_view> settings;  ///< Which settings it takes too, in the table's order.
    std::string_view examples;               ///< Lines, each with its newline.

    /// Complaints go to the reader; what is returned then is of no use.
    Command (*read)(OptionReader& options, const Settings& settings);
};

/// All commands, in the order in which help lists them.
[[nodiscard]] const std::vector<CommandForm>& command_forms();

/// What `dibs COMMAND --help` says.
[[nodiscard]] std::string help_of(const CommandForm& form);

/// What `dibs --help` says, or for a family of commands such as `coupon`, `dibs coupon --help`.
[[nodiscard]] std::string help_of_all(std::string_view family = {});

}  // namespace dibs::app
