#include "base/instant.h"

#include <array>
#include <charconv>

#include "base/ensure.h"

namespace dibs::base {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

void put_digits(char* at, int width, unsigned value) {
    for (int place = width - 1; place >= 0; --place) {
        at[place] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

/// Takes fixed-width digits and single characters off the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] std::optional<unsigned> digits(std::size_t width) {
        if (rest_.size() < width) return std::nullopt;
        unsigned value = 0;
        for (const char c : rest_.substr(0, width)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        rest_.remove_prefix(width);
        return value;
    }

    [[nodiscard]] bool take_any_of(std::string_view choices) {
        if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return false;
        taken_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] char taken() const { return taken_; }
    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }
    [[nodiscard]] bool is_at_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }

private:
    std::string_view rest_;
    char taken_ = 0;
};

std::optional<microseconds> scan_fraction(Scanner& scanner) {
    if (!scanner.take_any_of(".")) return microseconds(0);
    if (!scanner.is_at_digit()) return std::nullopt;
    std::int64_t value = 0;
    std::int64_t unit = 100'000;
    while (scanner.is_at_digit()) {
        value += unit * static_cast<std::int64_t>(*scanner.digits(1));
        unit /= 10;
    }
    return microseconds(value);
}

std::optional<seconds> scan_offset(Scanner& scanner) {
    if (scanner.take_any_of("Zz")) return seconds(0);
    if (!scanner.take_any_of("+-")) return std::nullopt;
    const int sign = scanner.taken() == '-' ? -1 : 1;
    const auto hour = scanner.digits(2);
    if (!hour || !scanner.take_any_of(":")) return std::nullopt;
    const auto minute = scanner.digits(2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    return sign * (hours(*hour) + minutes(*minute));
}

/// A date as it is written, whether or not there is such a day.
std::optional<year_month_day> scan_date(Scanner& scanner) {
    const auto year = scanner.digits(4);
    if (!year || !scanner.take_any_of("-")) return std::nullopt;
    const auto month = scanner.digits(2);
    if (!month || !scanner.take_any_of("-")) return std::nullopt;
    const auto day = scanner.digits(2);
    if (!day) return std::nullopt;
    return year_month_day(std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                          std::chrono::day(*day));
}

}  // namespace

Instant earliest_instant() {
    return sys_days(
        year_month_day(std::chrono::year(0), std::chrono::January, std::chrono::day(1)));
}

Instant latest_instant() {
    return Instant(sys_days(year_month_day(std::chrono::year(9999), std::chrono::December,
                                           std::chrono::day(31)))) +
           days(1) - microseconds(1);
}

void append_rfc3339(std::string& out, Instant instant) {
    ensure(instant >= earliest_instant() && instant <= latest_instant(),
           "an instant that is shown lies in the years 0000 to 9999");
    const auto day = std::chrono::floor<days>(instant);
    const year_month_day date(day);
    const std::chrono::hh_mm_ss time(instant - day);
    std::array<char, 27> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0', '0', ':',
                              '0', '0', ':', '0', '0', '.', '0', '0', '0', '0', '0', '0', 'Z'};
    put_digits(&text[0], 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put_digits(&text[5], 2, static_cast<unsigned>(date.month()));
    put_digits(&text[8], 2, static_cast<unsigned>(date.day()));
    put_digits(&text[11], 2, static_cast<unsigned>(time.hours().count()));
    put_digits(&text[14], 2, static_cast<unsigned>(time.minutes().count()));
    put_digits(&text[17], 2, static_cast<unsigned>(time.seconds().count()));
    put_digits(&text[20], 6, static_cast<unsigned>(time.subseconds().count()));
    out.append(text.data(), text.size());
}

std::string to_rfc3339(Instant instant) {
    std::string text;
    append_rfc3339(text, instant);
    return text;
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    Scanner scanner(text);
    const auto date = scan_date(scanner);
    if (!date || !scanner.take_any_of("Tt ")) return std::nullopt;
    const auto hour = scanner.digits(2);
    if (!hour || !scanner.take_any_of(":")) return std::nullopt;
    const auto minute = scanner.digits(2);
    if (!minute || !scanner.take_any_of(":")) return std::nullopt;
    const auto second = scanner.digits(2);
    if (!second) return std::nullopt;
    const auto fraction = scan_fraction(scanner);
    const auto offset = fraction ? scan_offset(scanner) : std::nullopt;
    if (!offset || !scanner.is_at_end()) return std::nullopt;

    if (!date->ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    const Instant instant =
        sys_days(*date) + hours(*hour) + minutes(*minute) + seconds(*second) + *fraction - *offset;
    if (instant < earliest_instant() || instant > latest_instant()) return std::nullopt;
    return instant;
}

std::optional<std::string_view> find_missing_day(std::string_view text) {
    Scanner scanner(text);
    const auto date = scan_date(scanner);
    if (!date || date->ok()) return std::nullopt;
    if (!scanner.is_at_end() && !scanner.take_any_of("Tt ")) return std::nullopt;
    return text.substr(0, std::string_view("2026-11-27").size());
}

}  // namespace dibs::base
