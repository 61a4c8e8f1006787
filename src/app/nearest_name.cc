#include "app/nearest_name.h"

#include <algorithm>
#include <numeric>

namespace dibs::app {

namespace {

/// How many characters must be put in, taken out or replaced to make one text the other
/// (Levenshtein), row by row.
std::size_t distance_between(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
        }
    }
    return row.back();
}

// Choice: what is longer than any name cannot be a slip for one, and costs time to compare.
constexpr std::size_t text_size_max = 64;

}  // namespace

std::string suggest(std::string_view text, const std::vector<std::string>& names) {
    if (text.size() > text_size_max) return {};
    const std::string* nearest = nullptr;
    // Choice: a third of the characters wrong is a slip, more is another word. Two letters changed
    // places count as two.
    constexpr std::size_t swap_size_min = 4;
    std::size_t nearest_distance = text.size() / 3 + 1;
    if (text.size() >= swap_size_min) nearest_distance = std::max<std::size_t>(nearest_distance, 3);
    for (const std::string& name : names) {
        const std::size_t distance = distance_between(text, name);
        if (distance >= nearest_distance) continue;
        nearest_distance = distance;
        nearest = &name;
    }
    return nearest == nullptr ? std::string() : "; did you mean " + *nearest + "?";
}

}  // namespace dibs::app
