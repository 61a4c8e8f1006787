#include "app/command_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "app/nearest_name.h"
#include "app/setting_table.h"

namespace dibs::app {

namespace {

/// A command's place on CLI11's tree, and the texts that it was given there. CLI11 takes the words
/// apart; what they mean is read here, so that every wrong one is told in the same form.
struct ParsedCommand {
    const CommandForm* form = nullptr;
    CLI::App* app = nullptr;
    std::map<std::string, std::string, std::less<>> texts;  ///< By name; CLI11 writes here.
    std::map<std::string, CLI::Option*, std::less<>> options;
    std::set<std::string, std::less<>> repeatable;  ///< Names of those that may be given again.
};

/// How often the same option may be given.
enum class Repeats : std::uint8_t { no, yes };

void declare_value(ParsedCommand& command, std::string_view name, bool is_positional,
                   Repeats repeats = Repeats::no) {
    const std::string key(name);
    CLI::Option* const option =
        command.app->add_option(is_positional ? key : "--" + key, command.texts[key]);
    if (repeats == Repeats::yes) {
        option->join(',');
        command.repeatable.insert(key);
    } else {
        // Twice is complained about below.
        option->take_last();
    }
    command.options[key] = option;
}

void declare_flag(ParsedCommand& command, std::string_view name, std::string_view given) {
    const std::string key(name);
    command.options[key] =
        command.app->add_flag(fmt::format("--{}{{{}}}", name, given), command.texts[key]);
}

void declare(ParsedCommand& command) {
    for (const OptionForm& option : command.form->options) {
        if (option.kind == OptionKind::flag) {
            declare_flag(command, option.name, flag_given);
        } else {
            declare_value(command, option.name, option.kind == OptionKind::positional,
                          option.is_repeatable ? Repeats::yes : Repeats::no);
        }
    }
    if (command.form->settings.empty()) return;
    for (const std::string_view name : command.form->settings) {
        if (setting_named(name).is_truth) {
            declare_flag(command, name, "true");
        } else {
            declare_value(command, name, false);
        }
    }
    declare_value(command, "config", false);
}

/// Puts the family of a command (`coupon` of `coupon create`) on the tree, once.
CLI::App& family_of(CLI::App& root, std::string_view name) {
    const std::size_t space = name.find(' ');
    if (space == std::string_view::npos) return root;
    const std::string family(name.substr(0, space));
    const auto known =
        root.get_subcommands([&](const CLI::App* app) { return app->get_name() == family; });
    if (!known.empty()) return *known.front();
    CLI::App* const made = root.add_subcommand(family);
    made->require_subcommand(0, 1);
    made->allow_extras();
    made->formatter_fn([family](const CLI::App*, const std::string&, CLI::AppFormatMode) {
        return help_of_all(family);
    });
    return *made;
}

/// The whole tree: `dibs`, its commands and theirs.
class CommandTree {
public:
    CommandTree() : root_("", "dibs") {
        root_.require_subcommand(0, 1);
        root_.allow_extras();
        root_.set_version_flag("--version", "dibs " DIBS_VERSION);
        root_.formatter_fn(
            [](const CLI::App*, const std::string&, CLI::AppFormatMode) { return help_of_all(); });
        for (const CommandForm& form : command_forms()) {
            CLI::App& family = family_of(root_, form.name);
            const std::string_view last_word = form.name.substr(form.name.rfind(' ') + 1);
            ParsedCommand& command = commands_.emplace_back();
            command.form = &form;
            command.app = family.add_subcommand(std::string(last_word));
            command.app->allow_extras();
            command.app->formatter_fn([&form](const CLI::App*, const std::string&,
                                              CLI::AppFormatMode) { return help_of(form); });
            declare(command);
        }
    }

    [[nodiscard]] CLI::App& root() { return root_; }

    /// The command that was given; null if there was none.
    [[nodiscard]] const ParsedCommand* given() const {
        for (const ParsedCommand& command : commands_) {
            if (command.app->parsed()) return &command;
        }
        return nullptr;
    }

    /// What the given command is called, or its family if that is all there was: `coupon`; empty if
    /// there was neither.
    [[nodiscard]] std::string given_name() const {
        if (const ParsedCommand* const command = given()) return std::string(command->form->name);
        const auto families = root_.get_subcommands();
        return families.empty() ? std::string() : families.front()->get_name();
    }

    /// The words that neither `dibs` nor the given family expected.
    [[nodiscard]] std::vector<std::string> remaining() const {
        std::vector<std::string> words = root_.remaining();
        for (const CLI::App* const family : root_.get_subcommands()) {
            const std::vector<std::string> more = family->remaining();
            words.insert(words.end(), more.begin(), more.end());
        }
        return words;
    }

private:
    CLI::App root_;
    std::deque<ParsedCommand> commands_;  ///< CLI11 holds on to addresses inside.
};

/// How somebody gets help: `(see dibs serve --help)`.
std::string see_help(std::string_view command_name) {
    return command_name.empty() ? " (see dibs --help)"
                                : fmt::format(" (see dibs {} --help)", command_name);
}

/// What a word that nobody expected may have been meant to be.
std::string unexpected_word(const std::string& word, const ParsedCommand* command,
                            const std::string& family) {
    std::vector<std::string> names;
    if (command != nullptr && word.starts_with('-')) {
        for (const auto& [name, option] : command->options) names.push_back("--" + name);
        const std::string bare = word.substr(0, word.find('='));
        return fmt::format("{} is not an option of dibs {}{}{}", bare, command->form->name,
                           suggest(bare, names), see_help(command->form->name));
    }
    if (command != nullptr) {
        return fmt::format("{} is one word too many{}", in_quotes(mask_passwords(word)),
                           see_help(command->form->name));
    }
    if (word.starts_with('-')) {
        // Without its value, which may be a secret.
        return fmt::format("{} is not an option of dibs{}", word.substr(0, word.find('=')),
                           see_help(family));
    }
    const std::string prefix = family.empty() ? family : family + ' ';
    for (const CommandForm& form : command_forms()) {
        if (!form.name.starts_with(prefix)) continue;
        const std::string_view rest = form.name.substr(prefix.size());
        names.emplace_back(rest.substr(0, rest.find(' ')));
    }
    return fmt::format("{} is not a command{}{}", in_quotes(mask_passwords(word)),
                       suggest(word, names), see_help(family));
}

/// The first thing wrong with which options were given, whatever their values.
std::optional<std::string> find_misuse(const ParsedCommand& command) {
    const std::string_view name = command.form->name;
    for (const auto& [key, option] : command.options) {
        if (option->count() > 1 && !command.repeatable.contains(key)) {
            return fmt::format("--{} is given more than once{}", key, see_help(name));
        }
    }
    for (const OptionForm& option : command.form->options) {
        const bool is_given = command.options.at(std::string(option.name))->count() > 0;
        const std::string_view dashes = option.kind == OptionKind::positional ? "" : "--";
        if (option.is_required && !is_given) {
            return fmt::format("{}{} is missing{}", dashes, option.name, see_help(name));
        }
        const bool takes_word = option.name == "print-config";
        if (option.kind == OptionKind::flag && is_given && !takes_word &&
            command.texts.at(std::string(option.name)) != flag_given) {
            return fmt::format("--{} takes no value{}", option.name, see_help(name));
        }
    }
    return std::nullopt;
}

/// The texts that were given, of the command's own options or else of settings.
OptionReader::Texts texts_of(const ParsedCommand& command, bool are_settings) {
    OptionReader::Texts texts;
    for (const auto& [name, option] : command.options) {
        const bool is_own = std::any_of(command.form->options.begin(), command.form->options.end(),
                                        [&](const OptionForm& form) { return form.name == name; });
        if (option->count() > 0 && is_own != are_settings) texts[name] = command.texts.at(name);
    }
    return texts;
}

/// The words that nobody expected, a command's before its family's before those of `dibs`.
std::vector<std::string> unexpected_words(const CommandTree& tree, const ParsedCommand* command) {
    std::vector<std::string> words;
    if (command != nullptr) words = command->app->remaining();
    const std::vector<std::string> others = tree.remaining();
    words.insert(words.end(), others.begin(), others.end());
    return words;
}

/// CLI11's own complaints: the one that is left is an option at the end with its value missing.
std::string complaint_of(const CLI::ParseError& error) {
    const std::string what = error.what();
    const std::size_t name_end = what.find(": 1 required");
    if (name_end == std::string::npos) return what;
    return what.substr(0, name_end) + " needs a value";
}

}  // namespace

std::variant<GivenCommand, AskedFor, Misuse> take_apart(const std::vector<std::string>& words) {
    CommandTree tree;
    try {
        // CLI11 takes the words from the back.
        tree.root().parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        return AskedFor{tree.root().help()};
    } catch (const CLI::CallForVersion& version) {
        return AskedFor{std::string(version.what()) + '\n'};
    } catch (const CLI::ParseError& error) {
        return Misuse{complaint_of(error) + see_help(tree.given_name())};
    }
    const ParsedCommand* const command = tree.given();
    const std::vector<std::string> unexpected = unexpected_words(tree, command);
    if (!unexpected.empty()) {
        return Misuse{unexpected_word(unexpected.front(), command, tree.given_name())};
    }
    if (command == nullptr) {
        return Misuse{.text = help_of_all(tree.given_name()), .is_help = true};
    }
    if (std::optional<std::string> misuse = find_misuse(*command)) return Misuse{*misuse};
    return GivenCommand{.form = command->form,
                        .options = texts_of(*command, false),
                        .settings = texts_of(*command, true)};
}

}  // namespace dibs::app
