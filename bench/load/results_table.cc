#include "load/results_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/number.h"

namespace dibs::bench {

namespace {

constexpr std::string_view begin_mark = "<!-- figures: written by bench/run.sh -->\n";
constexpr std::string_view end_mark = "<!-- end of the figures -->\n";

// Goals first, then questions about the store, then checks of the bench.
constexpr std::string_view kinds_in_order = "PSG";

/// P2 before P10, and what is no goal behind them.
std::pair<std::size_t, int> order_of(const MeasuredGoal& measured) {
    return {kinds_in_order.find(measured.id.front()),
            base::parse_integer<int>(std::string_view(measured.id).substr(1)).value_or(0)};
}

std::string spread_of(const Figure& figure) {
    return fmt::format("{} to {}", to_text(figure.least()), to_text(figure.most()));
}

/// A goal that is only reported has a row, too: its first figure's.
void append_reported_row(std::string& out, const MeasuredGoal& measured) {
    if (measured.result.figures.empty()) return;
    const Figure& figure = measured.result.figures.front();
    fmt::format_to(std::back_inserter(out), "| {} | {} | reported | **{}** ({}) | | `{}` | {} |\n",
                   measured.id, figure.name, to_text(figure.median(), figure.unit),
                   spread_of(figure), measured.command, measured.bound);
}

void append_target_rows(std::string& out, const MeasuredGoal& measured) {
    const bool has_targets = std::ranges::any_of(
        measured.result.figures, [](const Figure& figure) { return figure.target.has_value(); });
    if (!has_targets) append_reported_row(out, measured);
    for (const Figure& figure : measured.result.figures) {
        if (!figure.target) continue;
        const bool is_met = figure.target->is_met_by(figure.median());
        fmt::format_to(std::back_inserter(out), "| {} | {} | {} | **{}** ({}) | {} | `{}` | {} |\n",
                       measured.id, figure.name, to_text(*figure.target), to_text(figure.median()),
                       spread_of(figure), is_met ? "yes" : "**no**", measured.command,
                       measured.bound);
    }
}

void append_details(std::string& out, const MeasuredGoal& measured) {
    const Occasion& at = measured.occasion;
    fmt::format_to(
        std::back_inserter(out),
        "\n### {}: {}\n\n{}, commit {}: {} rounds of {} s; {} cores ({}), Linux {}, {} (a page "
        "and its sync: {} µs), load average before {:.2f}.\n\n"
        "![{}]({})\n\n"
        "| figure | median | least to most |\n|---|---:|---:|\n",
        measured.id, measured.what, at.date(), at.commit, at.rounds, at.seconds_per_round, at.cores,
        at.processor, at.kernel, at.file_system, to_text(at.page_sync_microseconds), at.load_before,
        measured.what, chart_file_of(measured));
    for (const Figure& figure : measured.result.figures) {
        fmt::format_to(std::back_inserter(out), "| {} | {} | {} |\n", figure.name,
                       to_text(figure.median(), figure.unit), spread_of(figure));
    }
    for (const std::string& note : measured.result.notes) {
        fmt::format_to(std::back_inserter(out), "\n{}\n", note);
    }
}

}  // namespace

std::string chart_file_of(const MeasuredGoal& measured) {
    return measured.id + ".svg";
}

std::vector<MeasuredGoal> newest_of_each(std::vector<MeasuredGoal> measured) {
    std::map<std::string, MeasuredGoal> newest;
    for (MeasuredGoal& one : measured) {
        MeasuredGoal& kept = newest[one.id];
        // RFC 3339 in UTC sorts by time.
        if (one.occasion.measured_at >= kept.occasion.measured_at) kept = std::move(one);
    }
    std::vector<MeasuredGoal> ordered;
    for (auto& [id, one] : newest) ordered.push_back(std::move(one));
    std::ranges::stable_sort(ordered, {}, order_of);
    return ordered;
}

std::string results_as_markdown(const std::vector<MeasuredGoal>& measured) {
    std::string out =
        "| goal | figure | wanted | median (least to most) | met | again with | what bounds it |\n"
        "|---|---|---|---|---|---|---|\n";
    for (const MeasuredGoal& one : measured) append_target_rows(out, one);
    for (const MeasuredGoal& one : measured) append_details(out, one);
    return out;
}

std::string with_results(std::string_view page, std::string_view results) {
    const std::string marked = fmt::format("{}\n{}\n{}", begin_mark, results, end_mark);
    const std::size_t begin = page.find(begin_mark);
    const std::size_t end = page.find(end_mark);
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
        return fmt::format("{}{}", page, marked);
    }
    return fmt::format("{}{}{}", page.substr(0, begin), marked, page.substr(end + end_mark.size()));
}

}  // namespace dibs::bench
