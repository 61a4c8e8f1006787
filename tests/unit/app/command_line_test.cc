// Goal: a command line that nobody can make sense of gets one line that says why, and everybody
// gets help. Method: tables of wrong lines; every command's help and examples, held against its
// form.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/command_form.h"
#include "unit/app/parsing.h"

namespace dibs::app {
namespace {

using testing::HasSubstr;

TEST(CommandLine, ComplainsInOneLine) {
    const std::pair<std::vector<std::string>, std::string> table[] = {
        {{"srve"}, "\"srve\" is not a command; did you mean serve? (see dibs --help)"},
        {{""}, "\"\" is not a command (see dibs --help)"},
        {{"help"}, "\"help\" is not a command (see dibs --help)"},
        {{"--frob"}, "--frob is not an option of dibs (see dibs --help)"},
        {{"--token=secret"}, "--token is not an option of dibs (see dibs --help)"},
        {{"postgresql://bob:secret@db/dibs"},
         "\"postgresql://bob:****@db/dibs\" is not a command (see dibs --help)"},
        {{"serve", "postgresql://bob:secret@db/dibs"},
         "\"postgresql://bob:****@db/dibs\" is one word too many (see dibs serve --help)"},
        {{"rehearse", "--target", "http://bob:secret@db"},
         "--target (from the command line): \"http://bob:****@db\" is not an address such as "
         "http://127.0.0.1:8080, or several"},
        {{"coupon", "crate"},
         "\"crate\" is not a command; did you mean create? (see dibs coupon --help)"},
        {{"serve", "--grup-max=3"},
         "--grup-max is not an option of dibs serve; did you mean --group-max? (see dibs serve "
         "--help)"},
        {{"serve", "-x"}, "-x is not an option of dibs serve (see dibs serve --help)"},
        {{"serve", "now"}, "\"now\" is one word too many (see dibs serve --help)"},
        {{"serve", "verify"}, "\"verify\" is one word too many (see dibs serve --help)"},
        {{"serve", "--listen"}, "--listen needs a value (see dibs serve --help)"},
        {{"serve", "--readers", "1", "--readers", "2"},
         "--readers is given more than once (see dibs serve --help)"},
        {{"verify", "--json=false"}, "--json takes no value (see dibs verify --help)"},
        {{"verify", "--group-max", "1"},
         "--group-max is not an option of dibs verify (see dibs verify --help)"},
        {{"serve", "--config", ""},
         "--config (from the command line): : cannot be read: No such file or directory"},
        {{"demo", "--config", "f"},
         "--config is not an option of dibs demo (see dibs demo --help)"},
    };
    for (const auto& [arguments, expected] : table) {
        EXPECT_EQ(complaint(arguments), "dibs: " + expected + "\n");
    }
}

TEST(CommandLine, ShowsAllCommandsToWhoGivesNone) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{}, std::vector<std::string>{"coupon"}}) {
        const Outcome outcome = parse(arguments);
        EXPECT_EQ(outcome.result.error(), ExitCode::wrong_usage);
        EXPECT_EQ(outcome.out, "");
        EXPECT_THAT(outcome.err, HasSubstr("Commands:\n"));
    }
}

TEST(CommandLine, ShowsItsVersion) {
    const Outcome outcome = parse({"--version"});
    EXPECT_EQ(outcome.result.error(), ExitCode::done);
    EXPECT_THAT(outcome.out, testing::MatchesRegex("dibs [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Help, IsThereForEveryCommandAndNamesAllItTakes) {
    for (const CommandForm& form : command_forms()) {
        std::vector<std::string> arguments;
        std::istringstream words{std::string(form.name)};
        for (std::string word; words >> word;) arguments.push_back(word);
        arguments.emplace_back("--help");
        const Outcome outcome = parse(arguments);
        EXPECT_EQ(outcome.result.error(), ExitCode::done) << form.name;
        EXPECT_EQ(outcome.err, "") << form.name;
        EXPECT_THAT(outcome.out, HasSubstr("\nUsage: dibs " + std::string(form.name)));
        EXPECT_THAT(outcome.out, HasSubstr("\nExamples:\n  "));
        for (const OptionForm& option : form.options) {
            EXPECT_THAT(outcome.out, HasSubstr(option.name)) << form.name;
        }
        for (const std::string_view setting : form.settings) {
            EXPECT_THAT(outcome.out, HasSubstr("--" + std::string(setting))) << form.name;
        }
        std::istringstream lines(outcome.out);
        for (std::string line; std::getline(lines, line);) {
            EXPECT_LE(line.size(), 100U) << line;
        }
        arguments.back() = "-h";
        EXPECT_EQ(parse(arguments).out, outcome.out);
    }
}

TEST(Help, ListsAllCommands) {
    const Outcome all = parse({"--help"});
    EXPECT_EQ(all.result.error(), ExitCode::done);
    for (const CommandForm& form : command_forms()) {
        EXPECT_THAT(all.out, HasSubstr("  " + std::string(form.name) + " ")) << form.name;
    }
    const Outcome coupons = parse({"coupon", "--help"});
    EXPECT_EQ(coupons.result.error(), ExitCode::done);
    for (const char* name : {"create", "list", "show", "stock", "history"}) {
        EXPECT_THAT(coupons.out, HasSubstr("\n  " + std::string(name) + " ")) << name;
    }
}

TEST(Examples, AreTakenAsTheyStand) {
    // Each example is a line that works: split it as a shell would, and parse it.
    for (const CommandForm& form : command_forms()) {
        std::istringstream lines{std::string(form.examples)};
        for (std::string line; std::getline(lines, line);) {
            std::vector<std::string> arguments;
            bool is_quoted = false;
            bool is_open = false;
            for (const char c : line) {
                if (c == '"' || c == '\'') {
                    is_quoted = !is_quoted;
                } else if (c == ' ' && !is_quoted) {
                    is_open = false;
                } else {
                    if (!is_open) arguments.emplace_back();
                    is_open = true;
                    arguments.back() += c;
                }
            }
            Environment environment;
            while (!arguments.empty() && arguments.front() != "dibs") {
                const std::size_t sign = arguments.front().find('=');
                environment[arguments.front().substr(0, sign)] = arguments.front().substr(sign + 1);
                arguments.erase(arguments.begin());
            }
            ASSERT_FALSE(arguments.empty()) << line;
            arguments.erase(arguments.begin());
            // The file of this example is not there.
            std::erase(arguments, "--config");
            std::erase(arguments, "/etc/dibs.toml");
            const Outcome outcome = parse(arguments, environment);
            EXPECT_EQ(outcome.err, "") << line;
        }
    }
}

}  // namespace
}  // namespace dibs::app
