#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <expected>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/command_line.h"

namespace dibs::app {

/// What the tests take for the present.
inline const base::Instant now = base::parse_rfc3339("2026-11-27T03:00:00Z").value();

/// What came of a command line.
struct Outcome {
    std::expected<Command, ExitCode> result;
    std::string out;
    std::string err;
};

/// Parses the arguments that a shell would hand over.
inline Outcome parse(std::vector<std::string> arguments, Environment environment = {}) {
    std::ostringstream out;
    std::ostringstream err;
    auto result = parse_command_line(
        {.arguments = std::move(arguments), .environment = std::move(environment), .now = now}, out,
        err);
    return {std::move(result), out.str(), err.str()};
}

/// The command that the line means; a failed test if it means another, or says anything.
template <typename Wanted>
Wanted command(std::vector<std::string> arguments, Environment environment = {}) {
    const Outcome outcome = parse(std::move(arguments), std::move(environment));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "");
    if (!outcome.result || !std::holds_alternative<Wanted>(*outcome.result)) {
        ADD_FAILURE() << "not this command: " << outcome.err;
        return {};
    }
    return std::get<Wanted>(*outcome.result);
}

/// The one line that wrong usage is told in.
inline std::string complaint(std::vector<std::string> arguments, Environment environment = {}) {
    const Outcome outcome = parse(std::move(arguments), std::move(environment));
    EXPECT_EQ(outcome.out, "");
    if (outcome.result || outcome.result.error() != ExitCode::wrong_usage) return "taken";
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    return outcome.err;
}

}  // namespace dibs::app
