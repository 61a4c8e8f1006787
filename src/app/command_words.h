#pragma once

#include <string>
#include <variant>
#include <vector>

#include "app/command_form.h"
#include "app/option_reader.h"

namespace dibs::app {

/// A command as it was given: which one, and the texts of its options and settings by name. What
/// the texts mean is not looked at yet. The text of a flag is `flag_given` unless it had one.
struct GivenCommand {
    const CommandForm* form = nullptr;
    OptionReader::Texts options;
    OptionReader::Texts settings;  ///< `config` among them.
};

/// The text of a flag that was given with none: `--json`.
inline constexpr std::string_view flag_given = "yes";

/// Somebody asked for help or the version.
struct AskedFor {
    std::string text;
};

/// What is wrong with the words: a line without its newline; or where no command was given, help.
struct Misuse {
    std::string text;
    bool is_help = false;
};

/// Takes the words of a command line apart.
[[nodiscard]] std::variant<GivenCommand, AskedFor, Misuse> take_apart(
    const std::vector<std::string>& words);

}  // namespace dibs::app
