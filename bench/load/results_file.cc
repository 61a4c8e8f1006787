#include "load/results_file.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <exception>
#include <utility>

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
    return std::string(std::string_view(value.as_string()));
}

json::object occasion_to_json(const Occasion& occasion) {
    json::object object;
    object["measuredAt"] = occasion.measured_at;
    object["commit"] = occasion.commit;
    object["rounds"] = occasion.rounds;
    object["secondsPerRound"] = occasion.seconds_per_round;
    object["processor"] = occasion.processor;
    object["cores"] = occasion.cores;
    object["kernel"] = occasion.kernel;
    object["fileSystem"] = occasion.file_system;
    object["pageSyncMicroseconds"] = occasion.page_sync_microseconds;
    object["loadBefore"] = occasion.load_before;
    return object;
}

Occasion occasion_of(const json::value& value) {
    return {.measured_at = text_of(value.at("measuredAt")),
            .commit = text_of(value.at("commit")),
            .rounds = value.at("rounds").to_number<std::size_t>(),
            .seconds_per_round = value.at("secondsPerRound").to_number<double>(),
            .processor = text_of(value.at("processor")),
            .cores = value.at("cores").to_number<std::size_t>(),
            .kernel = text_of(value.at("kernel")),
            .file_system = text_of(value.at("fileSystem")),
            .page_sync_microseconds = value.at("pageSyncMicroseconds").to_number<double>(),
            .load_before = value.at("loadBefore").to_number<double>()};
}

json::object figure_to_json(const Figure& figure) {
    json::object object;
    object["name"] = figure.name;
    object["unit"] = figure.unit;
    object["median"] = figure.median();
    object["least"] = figure.least();
    object["most"] = figure.most();
    object["rounds"] = json::array(figure.rounds.begin(), figure.rounds.end());
    if (figure.target) {
        const bool is_least = figure.target->side == Target::Side::at_least;
        object[is_least ? "atLeast" : "atMost"] = figure.target->value;
        object["isMet"] = figure.target->is_met_by(figure.median());
    }
    return object;
}

std::vector<double> numbers_of(const json::value& value) {
    std::vector<double> numbers;
    for (const json::value& number : value.as_array()) {
        numbers.push_back(number.to_number<double>());
    }
    return numbers;
}

Figure read_figure(const json::value& value) {
    Figure figure{.name = text_of(value.at("name")),
                  .unit = text_of(value.at("unit")),
                  .rounds = numbers_of(value.at("rounds"))};
    const json::object& fields = value.as_object();
    if (const auto* const least = fields.if_contains("atLeast")) {
        figure.target = Target{Target::Side::at_least, least->to_number<double>()};
    } else if (const auto* const most = fields.if_contains("atMost")) {
        figure.target = Target{Target::Side::at_most, most->to_number<double>()};
    }
    return figure;
}

json::object curve_to_json(const Curve& curve) {
    json::object object;
    object["name"] = curve.name;
    object["unit"] = curve.unit;
    object["across"] = curve.across;
    object["isLogarithmic"] = curve.is_logarithmic;
    json::array points;
    for (const Curve::Point& point : curve.points) {
        points.push_back(json::object{
            {"at", point.at}, {"rounds", json::array(point.rounds.begin(), point.rounds.end())}});
    }
    object["points"] = std::move(points);
    return object;
}

Curve curve_of(const json::value& value) {
    Curve curve{.name = text_of(value.at("name")),
                .unit = text_of(value.at("unit")),
                .across = text_of(value.at("across")),
                .is_logarithmic = value.at("isLogarithmic").as_bool(),
                .points = {}};
    for (const json::value& point : value.at("points").as_array()) {
        curve.points.push_back(
            {.at = point.at("at").to_number<double>(), .rounds = numbers_of(point.at("rounds"))});
    }
    return curve;
}

json::object goal_to_json(const MeasuredGoal& measured) {
    json::object object;
    object["id"] = measured.id;
    object["what"] = measured.what;
    object["bound"] = measured.bound;
    object["command"] = measured.command;
    object["occasion"] = occasion_to_json(measured.occasion);
    json::array figures;
    for (const Figure& figure : measured.result.figures) figures.push_back(figure_to_json(figure));
    object["figures"] = std::move(figures);
    object["notes"] = json::value_from(measured.result.notes);
    if (!measured.result.curves.empty()) {
        json::array curves;
        for (const Curve& curve : measured.result.curves) curves.push_back(curve_to_json(curve));
        object["curves"] = std::move(curves);
    }
    return object;
}

MeasuredGoal goal_of(const json::value& value) {
    MeasuredGoal measured{.id = text_of(value.at("id")),
                          .what = text_of(value.at("what")),
                          .bound = text_of(value.at("bound")),
                          .command = text_of(value.at("command")),
                          .occasion = occasion_of(value.at("occasion")),
                          .result = {}};
    for (const json::value& figure : value.at("figures").as_array()) {
        measured.result.figures.push_back(read_figure(figure));
    }
    for (const json::value& note : value.at("notes").as_array()) {
        measured.result.notes.push_back(text_of(note));
    }
    if (const auto* const curves = value.as_object().if_contains("curves")) {
        for (const json::value& curve : curves->as_array()) {
            measured.result.curves.push_back(curve_of(curve));
        }
    }
    return measured;
}

/// Six significant digits are more than any measurement has, and stay readable.
void append_number(std::string& out, const json::value& number) {
    if (number.is_double()) {
        fmt::format_to(std::back_inserter(out), "{:.6g}", number.get_double());
    } else {
        out += json::serialize(number);
    }
}

void append_numbers(std::string& out, const json::array& numbers) {
    out += '[';
    for (const json::value& number : numbers) {
        if (&number != &numbers.front()) out += ", ";
        append_number(out, number);
    }
    out += ']';
}

/// Appends a value with its members on lines of their own; arrays of numbers stay on one.
void append_value(std::string& out, const json::value& value, std::size_t depth) {
    const std::string indent(2 * depth + 2, ' ');
    const char* separator = "\n";
    if (value.is_object()) {
        out += '{';
        for (const auto& [name, member] : value.as_object()) {
            fmt::format_to(std::back_inserter(out), "{}{}{}: ", separator, indent,
                           json::serialize(name));
            append_value(out, member, depth + 1);
            separator = ",\n";
        }
        out += "\n" + std::string(2 * depth, ' ') + "}";
    } else if (value.is_array() && !value.as_array().empty() &&
               !value.as_array().front().is_number()) {
        out += '[';
        for (const json::value& member : value.as_array()) {
            out += separator + indent;
            append_value(out, member, depth + 1);
            separator = ",\n";
        }
        out += "\n" + std::string(2 * depth, ' ') + "]";
    } else if (value.is_array()) {
        append_numbers(out, value.as_array());
    } else if (value.is_number()) {
        append_number(out, value);
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string results_as_json(const std::vector<MeasuredGoal>& measured) {
    json::array goals;
    for (const MeasuredGoal& one : measured) goals.push_back(goal_to_json(one));
    std::string out;
    append_value(out, json::object{{"goals", std::move(goals)}}, 0);
    return out + "\n";
}

Result<std::vector<MeasuredGoal>> read_results(std::string_view text) {
    // Boost.JSON says by exceptions what is missing; none of them leaves this function.
    try {
        std::vector<MeasuredGoal> measured;
        const json::value file = json::parse(text);
        for (const json::value& goal : file.at("goals").as_array()) {
            measured.push_back(goal_of(goal));
        }
        return measured;
    } catch (const std::exception& error) {
        return Failure{FailureKind::corrupted,
                       fmt::format("these are no results: {}", error.what())};
    }
}

}  // namespace dibs::bench
