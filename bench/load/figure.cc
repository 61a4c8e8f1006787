#include "load/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/ensure.h"
#include "rehearsal/figures.h"

namespace dibs::bench {

double median_of(std::vector<double> rounds) {
    if (rounds.empty()) return 0;
    std::ranges::sort(rounds);
    const std::size_t middle = rounds.size() / 2;
    if (rounds.size() % 2 == 1) return rounds[middle];
    return (rounds[middle - 1] + rounds[middle]) / 2;
}

double Figure::median() const {
    return median_of(rounds);
}

double Figure::least() const {
    return rounds.empty() ? 0 : *std::ranges::min_element(rounds);
}

double Figure::most() const {
    return rounds.empty() ? 0 : *std::ranges::max_element(rounds);
}

std::vector<double> ratios(const std::vector<double>& above, const std::vector<double>& below) {
    base::ensure(above.size() == below.size(), "both sides of a ratio have the same rounds");
    std::vector<double> quotients;
    for (std::size_t i = 0; i < above.size(); ++i) quotients.push_back(above[i] / below[i]);
    return quotients;
}

std::string to_text(double measured) {
    if (std::abs(measured) >= 1'000) {
        return rehearsal::grouped(static_cast<std::int64_t>(std::llround(measured)));
    }
    return fmt::format("{:.3g}", measured);
}

std::string to_text(double measured, const std::string& unit) {
    return unit.empty() ? to_text(measured) : fmt::format("{} {}", to_text(measured), unit);
}

std::string to_text(const Target& target) {
    return fmt::format("{} {}",
                       target.side == Target::Side::at_least ? ">=" : "<=", to_text(target.value));
}

}  // namespace dibs::bench
