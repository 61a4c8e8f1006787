#include "rehearsal/live_display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "rehearsal/figures.h"

namespace dibs::rehearsal {

namespace {

using std::chrono::nanoseconds;

// ECMA-48: sections 8.3.22 (cursor up), 8.3.41 (erase in line) and 8.3.39 (erase in page).
constexpr std::string_view erase_line = "\r\x1b[2K";
constexpr std::string_view erase_below = "\x1b[J";
// choice: a rate over a second is steady enough to read and young enough to be news.
constexpr std::chrono::seconds rate_window{1};
constexpr std::size_t progress_bar_width = 30;

std::string progress_bar(double fraction) {
    return fmt::format("▕{}▏ {:3.0f} %",
                       padded_right(bar(fraction, progress_bar_width), progress_bar_width),
                       std::clamp(fraction, 0.0, 1.0) * 100);
}

double share_done(const Progress& progress) {
    if (progress.duration > nanoseconds(0)) {
        return static_cast<double>(progress.elapsed.count()) /
               static_cast<double>(progress.duration.count());
    }
    if (progress.requests_planned == 0) return 0;
    return static_cast<double>(progress.counts.answered() + progress.counts.unanswered) /
           static_cast<double>(progress.requests_planned);
}

}  // namespace

Screen Screen::standard_output() {
    Screen screen;
    screen.file = stdout;
    const char* const terminal = std::getenv("TERM");
    const bool can_move = terminal != nullptr && std::string_view(terminal) != "dumb";
    screen.is_terminal = can_move && isatty(STDOUT_FILENO) == 1;
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) screen.width = size.ws_col;
    return screen;
}

LiveDisplay::LiveDisplay(const Screen& screen, std::optional<std::int64_t> stock)
    : screen_(screen), stock_(stock) {}

LiveDisplay::~LiveDisplay() {
    draw({});
}

void LiveDisplay::show(const Progress& progress) {
    if (!screen_.is_terminal) return;
    draw(progress.phase == CrowdPhase::over ? std::vector<std::string>() : lines_of(progress));
}

std::vector<std::string> LiveDisplay::lines_of(const Progress& progress) {
    const double opened =
        static_cast<double>(progress.connections_open) /
        static_cast<double>(std::max<std::size_t>(progress.connections_wanted, 1));
    if (progress.phase == CrowdPhase::connecting) {
        return {fmt::format("  {}   opening connections", progress_bar(opened)),
                fmt::format("  {} of {} open", grouped(progress.connections_open),
                            grouped(progress.connections_wanted))};
    }
    const ProgressCounts& counts = progress.counts;
    std::string figures =
        fmt::format("  issued {}   refused {}", grouped(counts.issued), grouped(counts.refused));
    if (stock_) {
        const auto left = *stock_ - static_cast<std::int64_t>(counts.issued);
        figures += "   left " + grouped(std::max<std::int64_t>(left, 0));
    }
    // What should not happen is shown when it does.
    if (counts.replayed > 0) figures += "   replayed " + grouped(counts.replayed);
    if (counts.done > 0) figures += "   done " + grouped(counts.done);
    if (counts.failed > 0) figures += "   failed " + grouped(counts.failed);
    if (counts.unanswered > 0) figures += "   no answer " + grouped(counts.unanswered);
    return {
        fmt::format("  {}   {}", progress_bar(share_done(progress)), readable(progress.elapsed)),
        std::move(figures),
        fmt::format("  {} answers a second   p50 {}   p99 {}",
                    grouped(static_cast<std::uint64_t>(answers_per_second(progress))),
                    readable(progress.latency_p50), readable(progress.latency_p99))};
}

double LiveDisplay::answers_per_second(const Progress& progress) {
    if (samples_.empty()) samples_.push_back({nanoseconds(0), 0});
    samples_.push_back({progress.elapsed, progress.counts.answered()});
    while (samples_.size() > 2 && progress.elapsed - samples_[1].at >= rate_window) {
        samples_.pop_front();
    }
    const double passed =
        std::chrono::duration<double>(progress.elapsed - samples_.front().at).count();
    const std::uint64_t answered = progress.counts.answered() - samples_.front().answered;
    return passed > 0 ? static_cast<double>(answered) / passed : 0;
}

void LiveDisplay::draw(const std::vector<std::string>& lines) {
    // One write for all of it, so that no half-drawn picture is ever seen.
    std::string picture;
    if (drawn_lines_ > 0) picture = fmt::format("\x1b[{}A", drawn_lines_);
    for (const std::string& line : lines) {
        picture += erase_line;
        // A line that wraps would take two, and the next picture would stand in the wrong place.
        picture += cut_to(line, screen_.width);
        picture += '\n';
    }
    if (lines.size() < drawn_lines_) {
        picture += '\r';
        picture += erase_below;
    }
    drawn_lines_ = lines.size();
    if (picture.empty()) return;
    std::fwrite(picture.data(), 1, picture.size(), screen_.file);
    std::fflush(screen_.file);
}

}  // namespace dibs::rehearsal
