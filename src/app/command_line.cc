#include "app/command_line.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

#include "app/command_form.h"
#include "app/command_forms.h"
#include "app/command_words.h"
#include "app/settings_text.h"

namespace dibs::app {

namespace {

/// What stands in for options that were not given: their defaults, and a token of the environment.
OptionReader::Texts defaults_of(const CommandForm& form, const Environment& environment) {
    OptionReader::Texts texts;
    for (const OptionForm& option : form.options) {
        if (!option.default_text.empty()) texts[std::string(option.name)] = option.default_text;
        const auto token = environment.find("DIBS_TOKEN");
        if (option.name == "token" && token != environment.end() && !token->second.empty()) {
            texts["token"] = token->second;
        }
    }
    return texts;
}

std::unexpected<ExitCode> wrong_usage(std::ostream& err, std::string_view complaint) {
    err << "dibs: " << complaint << '\n';
    return std::unexpected(ExitCode::wrong_usage);
}

/// `dibs serve --print-config`; with `=reference`, the page of the documentation that the setting
/// table is the source of.
std::unexpected<ExitCode> print_config(const std::string& kind, const MergedSettings& merged,
                                       std::ostream& out, std::ostream& err) {
    if (kind != flag_given && kind != "reference") {
        return wrong_usage(err, "--print-config takes no value (see dibs serve --help)");
    }
    out << (kind == flag_given ? to_toml(merged) : settings_reference());
    return std::unexpected(ExitCode::done);
}

}  // namespace

std::expected<Command, ExitCode> parse_command_line(const Invocation& invocation, std::ostream& out,
                                                    std::ostream& err) {
    const std::variant<GivenCommand, AskedFor, Misuse> words = take_apart(invocation.arguments);
    if (const auto* asked = std::get_if<AskedFor>(&words)) {
        out << asked->text;
        return std::unexpected(ExitCode::done);
    }
    if (const auto* misuse = std::get_if<Misuse>(&words)) {
        // Whoever gave no command gets the list of them, and that is no line.
        if (!misuse->is_help) return wrong_usage(err, misuse->text);
        err << misuse->text;
        return std::unexpected(ExitCode::wrong_usage);
    }
    const GivenCommand& given = std::get<GivenCommand>(words);
    const CommandForm& form = *given.form;
    const base::Result<MergedSettings> merged = merge_settings(
        {.flags = given.settings, .environment = invocation.environment}, form.settings);
    if (!merged) return wrong_usage(err, merged.failure().what);

    OptionReader options(given.options, defaults_of(form, invocation.environment), invocation.now);
    Command command = form.read(options, merged->settings);
    if (options.complaint()) return wrong_usage(err, *options.complaint());
    // Nobody should have to guess why a variable has no effect.
    if (form.settings.empty()) return command;
    for (const std::string& sentence : find_unknown_variables(invocation.environment)) {
        err << "dibs: warning: " << sentence << '\n';
    }
    const std::optional<std::string> kind = options.text("print-config");
    if (kind && std::holds_alternative<ServeCommand>(command)) {
        return print_config(*kind, *merged, out, err);
    }
    return command;
}

const std::vector<CommandForm>& command_forms() {
    static const std::vector<CommandForm> the_forms = [] {
        std::vector<CommandForm> forms = service_forms();
        const std::vector<CommandForm> crowds = crowd_forms();
        const std::vector<CommandForm> coupons = coupon_forms();
        forms.insert(forms.end(), crowds.begin(), crowds.end());
        forms.insert(forms.end(), coupons.begin(), coupons.end());
        return forms;
    }();
    return the_forms;
}

}  // namespace dibs::app
