#include "rehearsal/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace dibs::rehearsal {

namespace {

using std::chrono::nanoseconds;

std::string with_groups(std::string digits) {
    constexpr std::size_t group = 3;
    for (std::size_t at = digits.size(); at > group;) {
        at -= group;
        digits.insert(at, 1, ',');
    }
    return digits;
}

/// Three significant digits, for a value below a thousand.
std::string three_digits(double value) {
    if (value >= 99.95) return fmt::format("{:.0f}", value);
    return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string grouped(std::uint64_t number) {
    return with_groups(std::to_string(number));
}

std::string grouped(std::int64_t number) {
    if (number >= 0) return grouped(static_cast<std::uint64_t>(number));
    return "-" + grouped(~static_cast<std::uint64_t>(number) + 1);
}

std::string readable(nanoseconds duration) {
    struct Unit {
        double nanoseconds;
        std::string_view name;
    };
    constexpr std::array units{Unit{1e3, "µs"}, Unit{1e6, "ms"}, Unit{1e9, "s"}};
    const auto count = static_cast<double>(duration.count());
    if (count < 1e3) return fmt::format("{} ns", duration.count());
    for (const Unit& unit : units) {
        const double value = count / unit.nanoseconds;
        // 999.6 would round to four digits; it is 1.00 of the next unit.
        const bool is_last = unit.nanoseconds == units.back().nanoseconds;
        if (!is_last && value < 999.5) return fmt::format("{} {}", three_digits(value), unit.name);
        if (is_last && value < 119.5) return fmt::format("{} {}", three_digits(value), unit.name);
    }
    const auto seconds = std::chrono::round<std::chrono::seconds>(duration).count();
    return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

std::string share_of(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return "-";
    if (part == 0) return "0 %";
    if (part == whole) return "100 %";
    const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (percent < 0.05) return "<0.1 %";
    if (percent >= 99.95) return ">99.9 %";
    return fmt::format("{:.1f} %", percent);
}

std::string bar(double fraction, std::size_t width) {
    constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const double bounded = std::clamp(fraction, 0.0, 1.0);
    const auto filled = static_cast<std::size_t>(
        std::llround(bounded * static_cast<double>(width * eighths.size())));
    std::string text;
    for (std::size_t i = 0; i < filled / eighths.size(); ++i) text += "█";
    text += eighths[filled % eighths.size()];
    return text;
}

std::size_t shown_width(std::string_view text) {
    // Every character that the reports use takes one column.
    return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, continues_character));
}

std::string padded_left(std::string_view text, std::size_t width) {
    const std::size_t shown = shown_width(text);
    return std::string(width > shown ? width - shown : 0, ' ') + std::string(text);
}

std::string padded_right(std::string_view text, std::size_t width) {
    const std::size_t shown = shown_width(text);
    return std::string(text) + std::string(width > shown ? width - shown : 0, ' ');
}

std::string cut_to(std::string_view text, std::size_t width) {
    std::size_t end = 0;
    for (std::size_t shown = 0; end < text.size(); ++end) {
        if (continues_character(text[end])) continue;
        if (shown == width) break;
        ++shown;
    }
    return std::string(text.substr(0, end));
}

}  // namespace dibs::rehearsal
