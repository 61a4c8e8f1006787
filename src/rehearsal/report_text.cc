#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/figures.h"
#include "rehearsal/report.h"
#include "rehearsal/text_table.h"

namespace dibs::rehearsal {

namespace {

using Side = TextTable::Side;

// choice: enough to see what is wrong; the JSON has them all.
constexpr std::size_t findings_shown = 5;
constexpr std::size_t answer_bar_width = 24;

/// Text in a colour, where colours may be used.
class Paint {
public:
    explicit Paint(Colours colours) : is_on_(colours == Colours::ansi) {}

    [[nodiscard]] std::string bold(std::string_view text) const { return in("1", text); }
    [[nodiscard]] std::string faint(std::string_view text) const { return in("2", text); }
    [[nodiscard]] std::string good(std::string_view text) const { return in("32", text); }
    [[nodiscard]] std::string bad(std::string_view text) const { return in("1;31", text); }

private:
    // ECMA-48 section 8.3.117, "select graphic rendition".
    [[nodiscard]] std::string in(std::string_view code, std::string_view text) const {
        if (!is_on_) return std::string(text);
        return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
    }

    bool is_on_;
};

std::string plural(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", grouped(count), count == 1 ? one : many);
}

std::string users_of(const CrowdOptions& options) {
    return plural(options.user_count, "user", "users");
}

std::string headline(const CrowdOptions& options) {
    switch (options.mode) {
        case CrowdMode::stampede: return "A stampede of " + users_of(options);
        case CrowdMode::closed_loop:
            return fmt::format("{}, as fast as they are answered, for {}", users_of(options),
                               readable(options.duration));
        case CrowdMode::open_loop:
            return fmt::format("{}, {} requests a second, for {}", users_of(options),
                               grouped(static_cast<std::uint64_t>(options.requests_per_second)),
                               readable(options.duration));
    }
    return users_of(options);
}

std::string opening(const CrowdOptions& options, const CrowdResult& result, const Paint& paint) {
    std::string path = options.path;
    const std::string id = std::to_string(options.coupon_id);
    for (std::size_t at = path.find("{id}"); at != std::string::npos; at = path.find("{id}")) {
        path.replace(at, 4, id);
    }
    std::string text =
        "\n" + paint.bold(headline(options)) + "\n" +
        paint.faint(fmt::format("{} {} on {}", options.method, path, authorities_of(options))) +
        "\n\n";
    text += fmt::format("  {} over {}", plural(result.sent, "request", "requests"),
                        plural(result.connections_open, "connection", "connections"));
    if (options.mode == CrowdMode::stampede) {
        // With fewer connections than requests, only the first of each connection can be at once.
        const bool all_at_once = result.sent <= result.connections_open;
        text += fmt::format("{} within {} of the start",
                            all_at_once ? ", all sent" : "; each sent its first",
                            readable(result.first_wave_took));
    }
    text += fmt::format(
        ".\n  The last answer came after {}: {} answers a second.\n", readable(result.elapsed),
        paint.bold(grouped(static_cast<std::uint64_t>(result.answers_per_second()))));
    return text;
}

std::string outcomes(const CrowdResult& result, const Paint& paint) {
    const std::uint64_t all = result.sent + result.never_sent;
    TextTable table({Side::left, Side::left, Side::left, Side::right, Side::right, Side::left});
    const auto add = [&](std::string_view word, std::string status, std::string code,
                         std::uint64_t count) {
        const double fraction =
            all == 0 ? 0 : static_cast<double>(count) / static_cast<double>(all);
        table.add({std::string(word), std::move(status), std::move(code), grouped(count),
                   share_of(count, all), bar(fraction, answer_bar_width)});
    };
    for (const OutcomeCount& outcome : result.outcomes) {
        add(name_of(outcome.kind), std::to_string(outcome.status), outcome.code, outcome.count);
    }
    if (result.cut_off > 0) add("no answer", "", "the connection broke", result.cut_off);
    if (result.timed_out > 0) add("no answer", "", "given up", result.timed_out);
    if (result.malformed > 0) add("no answer", "", "not HTTP", result.malformed);
    if (result.never_sent > 0) add("never sent", "", "no connection was free", result.never_sent);
    std::string text = "\n" + paint.bold("Who got what") + "\n";
    for (const std::string& line : table.lines()) text += line;
    return text;
}

std::string latencies(const CrowdOptions& options, const CrowdResult& result, const Paint& paint) {
    TextTable table({Side::left, Side::right, Side::right, Side::right, Side::right, Side::right});
    table.add({"", "p50", "p90", "p99", "p99.9", "max"});
    const auto add = [&](std::string_view word, const LatencyHistogram& latency) {
        if (latency.count() == 0) return;
        table.add({std::string(word), readable(latency.percentile(50)),
                   readable(latency.percentile(90)), readable(latency.percentile(99)),
                   readable(latency.percentile(99.9)), readable(latency.longest())});
    };
    std::size_t kinds = 0;
    for (std::size_t i = 0; i < answer_kind_count; ++i) {
        const auto kind = static_cast<AnswerKind>(i);
        if (result.count_of(kind) > 0) ++kinds;
        add(name_of(kind), result.latency_of(kind));
    }
    if (kinds > 1) add("all", result.latency_of_all());
    const bool is_open_loop = options.mode == CrowdMode::open_loop;
    std::string text = "\n" + paint.bold("How long it took") + "  " +
                       paint.faint(is_open_loop ? "from when it was due to be sent"
                                                : "from sending to the answer") +
                       "\n";
    std::vector<std::string> lines = table.lines();
    lines.front() = paint.faint(lines.front().substr(0, lines.front().size() - 1)) + "\n";
    for (const std::string& line : lines) text += line;
    return text;
}

std::string_view promise_of(Check check) {
    switch (check) {
        case Check::oversold: return "never oversold";
        case Check::lost: return "nothing acknowledged was lost";
        case Check::over_limit: return "nobody has more than the limit";
        case Check::shared_registration: return "no registration was given out twice";
        case Check::shared_rank: return "every rank was given once";
        case Check::rank_gap: return "no rank is missing";
        case Check::stored_differently: return "what is stored is what was told";
        case Check::unexplained: return "nothing is stored that nobody asked for";
        case Check::replay_differs: return "repeats got the first answer again";
        case Check::out_of_order: return "ranks follow time";
        case Check::overtaken: return "nobody overtook somebody who had an answer";
        case Check::unreadable: return "every 201 is a registered coupon";
    }
    return "unknown";
}

std::string finding_line(const Finding& finding) {
    std::string line = "      ";
    for (const std::string& part :
         {finding.user, finding.registration_id,
          finding.rank == 0 ? std::string() : fmt::format("rank {}", finding.rank)}) {
        if (!part.empty()) line += part + "  ";
    }
    return line + finding.what + "\n";
}

std::string check_lines(const CheckResult& check, const Paint& paint) {
    const std::string promise(promise_of(check.check));
    if (check.findings.empty()) {
        if (check.was_made) return "  " + paint.good("✓") + " " + promise + "\n";
        return paint.faint("  · " + promise + " (not checked)") + "\n";
    }
    std::string text = "  " + paint.bad(fmt::format("✗ {}", name_of(check.check))) + ": " +
                       plural(check.findings.size(), "finding", "findings") + "\n";
    const std::size_t shown = std::min(check.findings.size(), findings_shown);
    for (std::size_t i = 0; i < shown; ++i) text += finding_line(check.findings[i]);
    const std::size_t hidden = check.findings.size() - shown;
    if (hidden > 0) text += fmt::format("      … and {} more\n", grouped(hidden));
    return text;
}

std::string audit_section(const AuditReport& audit, const Paint& paint) {
    std::string counts = plural(audit.acknowledged, "registration", "registrations") + " given out";
    if (audit.stored) counts += fmt::format(", {} in the books", grouped(*audit.stored));
    if (audit.replayed > 0) counts += fmt::format(", {} repeated", grouped(audit.replayed));
    if (audit.unknown > 0) {
        counts +=
            fmt::format(", {} of unknown outcome", plural(audit.unknown, "request", "requests"));
    }
    std::string text = "\n" + paint.bold("Audit") + "  " + paint.faint(counts) + "\n";
    for (const CheckResult& check : audit.checks) text += check_lines(check, paint);
    const auto broken = static_cast<std::uint64_t>(std::ranges::count_if(
        audit.checks, [](const CheckResult& check) { return !check.findings.empty(); }));
    text += "\n";
    if (!audit.books_unread.empty()) {
        text += paint.bad("The books could not be read, so only the answers were audited: " +
                          audit.books_unread) +
                "\n";
    } else if (broken == 0) {
        text += paint.good("Everything adds up.") + "\n";
    }
    if (broken == 0) return text;
    return text + paint.bad(plural(broken, "promise is", "promises are") + " broken.") + "\n";
}

}  // namespace

std::string report_as_text(const CrowdOptions& options, const CrowdResult& result,
                           const std::optional<AuditReport>& audit, Colours colours) {
    const Paint paint(colours);
    std::string text = opening(options, result, paint);
    text += outcomes(result, paint);
    if (result.answered() > 0) text += latencies(options, result, paint);
    const std::uint64_t answered = std::max<std::uint64_t>(result.answered(), 1);
    text += "\n" +
            paint.faint(fmt::format(
                "  The crowd itself took {} of processor time, {} per request.",
                readable(result.processor_time),
                readable(result.processor_time / static_cast<std::int64_t>(answered)))) +
            "\n";
    if (result.was_stopped) text += "  It was stopped before its end.\n";
    for (const std::string& note : result.notes) text += "  " + note + "\n";
    if (audit) text += audit_section(*audit, paint);
    return text;
}

}  // namespace dibs::rehearsal
