#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dibs::bench {

/// What a figure is to reach.
struct Target {
    enum class Side : std::uint8_t { at_least, at_most };

    Side side = Side::at_least;
    double value = 0;
    /// What even the short form must reach, on any machine: set where it is no noise.
    std::optional<double> floor = std::nullopt;

    [[nodiscard]] bool is_met_by(double measured) const { return holds(value, measured); }
    [[nodiscard]] bool is_floor_met_by(double measured) const {
        return !floor || holds(*floor, measured);
    }

private:
    [[nodiscard]] bool holds(double wanted, double measured) const {
        return side == Side::at_least ? measured >= wanted : measured <= wanted;
    }
};

/// One figure, measured in each of several rounds.
struct Figure {
    std::string name;
    std::string unit;  ///< Empty: a ratio or a count.
    std::vector<double> rounds;
    std::optional<Target> target = std::nullopt;  ///< Nothing: it only explains another.

    /// Of no rounds: 0.
    [[nodiscard]] double median() const;
    [[nodiscard]] double least() const;
    [[nodiscard]] double most() const;
};

/// A figure as it changes with something else.
struct Curve {
    /// Where, and what was measured there in each round.
    struct Point {
        double at = 0;
        std::vector<double> rounds;
    };

    std::string name;
    std::string unit;    ///< Of what was measured.
    std::string across;  ///< What it changes with.
    bool is_logarithmic = false;
    std::vector<Point> points;  ///< From left to right.
};

/// The median of what the rounds gave; of none 0.
[[nodiscard]] double median_of(std::vector<double> rounds);

/// `above` divided by `below`, round by round; both have as many rounds.
[[nodiscard]] std::vector<double> ratios(const std::vector<double>& above,
                                         const std::vector<double>& below);

/// A measured number as people read it: three significant digits, thousands set apart.
[[nodiscard]] std::string to_text(double measured);
/// `12.5 ms`; without a unit the number alone.
[[nodiscard]] std::string to_text(double measured, const std::string& unit);
/// `>= 0.5`
[[nodiscard]] std::string to_text(const Target& target);

}  // namespace dibs::bench
