#include "load/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "load/svg.h"

namespace dibs::bench {

namespace {

// choice: as wide as the column of a page on a code host.
constexpr double picture_width = 840;
constexpr double picture_margin = 24;
constexpr double line_height = 20;
// choice: so many letters of a title fit, however wide they are.
constexpr std::size_t title_letters = 84;
constexpr double strip_height = 66;
constexpr double curve_height = 260;
constexpr double curve_left = 96;  // Room for the numbers beside the axis.
// choice: figures without a target are many; the first ones say what matters.
constexpr std::size_t strips_without_target = 8;
// choice: the largest value ends a little before the frame does.
constexpr double headroom = 1.12;
constexpr int grid_lines = 4;

/// The figures that are drawn.
std::vector<Figure> drawn_figures(const GoalResult& result) {
    std::vector<Figure> drawn;
    for (const Figure& figure : result.figures) {
        if (figure.target) drawn.push_back(figure);
    }
    if (!drawn.empty() || result.figures.empty()) return drawn;
    for (const Figure& figure : result.figures) {
        if (figure.unit != result.figures.front().unit) continue;
        drawn.push_back(figure);
        if (drawn.size() == strips_without_target) break;
    }
    return drawn;
}

/// A line of numbers from zero to `end`, laid from `first` over `length` pixels.
struct Scale {
    double end = 1;
    double first = 0;
    double length = 0;

    [[nodiscard]] double place_of(double value) const {
        return first + std::clamp(value / end, 0.0, 1.0) * length;
    }
};

double end_of(const Figure& figure) {
    const double most = std::max(figure.most(), figure.target ? figure.target->value : 0.0);
    return most > 0 ? most * headroom : 1;
}

/// A name without the marks that a page of text sets it apart by.
std::string plain(std::string name) {
    std::erase(name, '`');
    return name;
}

/// Writes a text, in lines that fit; gives where the next one goes.
double draw_title(Svg& picture, std::string title) {
    double top = 26;
    while (title.size() > title_letters) {
        const std::size_t space = title.rfind(' ', title_letters);
        if (space == std::string::npos) break;
        picture.text({picture_margin, top}, title.substr(0, space), "title");
        title.erase(0, space + 1);
        top += line_height;
    }
    picture.text({picture_margin, top}, title, "title");
    return top + line_height;
}

void draw_strip(Svg& picture, const Figure& figure, const Scale& scale, double top) {
    const bool is_met = !figure.target || figure.target->is_met_by(figure.median());
    const char* const kind = !figure.target ? "plain" : is_met ? "met" : "short";
    picture.text({picture_margin, top + 12}, plain(figure.name), "");
    const std::string wanted =
        figure.target ? fmt::format(", wanted {}", to_text(*figure.target)) : "";
    picture.text({picture_width - picture_margin, top + 12},
                 to_text(figure.median(), figure.unit) + wanted, kind, "end");
    const double middle = top + 32;
    picture.line({scale.first, middle}, {scale.first + scale.length, middle}, "grid");
    picture.line({scale.place_of(figure.least()), middle}, {scale.place_of(figure.most()), middle},
                 "spread");
    for (const double round : figure.rounds) {
        picture.circle({scale.place_of(round), middle}, 4, "round");
    }
    const double at = scale.place_of(figure.median());
    if (figure.target) {
        picture.rectangle({at - 3, middle - 10}, 6, 20, kind);
    } else {
        picture.rectangle({scale.first, middle - 5}, at - scale.first, 10, kind);
    }
    if (figure.target) {
        const double goal = scale.place_of(figure.target->value);
        picture.line({goal, middle - 14}, {goal, middle + 14}, "wanted");
    }
    picture.text({scale.first, middle + 20}, "0", "small");
    picture.text({scale.first + scale.length, middle + 20}, to_text(scale.end), "small", "end");
}

/// Where a curve is drawn.
struct Frame {
    Scale across;
    Scale up;
    bool is_logarithmic = false;
    double least_logarithm = 0;
    double bottom = 0;

    [[nodiscard]] Svg::Place place_of(double at, double value) const {
        const double x = is_logarithmic ? std::log10(std::max(at, 1.0)) - least_logarithm : at;
        return {across.place_of(x), bottom - (up.place_of(value) - up.first)};
    }
};

Frame frame_of(const Curve& curve, double top) {
    Frame frame{
        .across = {.first = curve_left, .length = picture_width - curve_left - 2 * picture_margin},
        .up = {.first = 0, .length = curve_height - 88},
        .is_logarithmic = curve.is_logarithmic,
        .bottom = top + curve_height - 48};
    double most = 0;
    for (const Curve::Point& point : curve.points) {
        for (const double round : point.rounds) most = std::max(most, round);
    }
    if (most > 0) frame.up.end = most * headroom;
    const double last = curve.points.back().at;
    if (curve.is_logarithmic) {
        frame.least_logarithm = std::log10(std::max(curve.points.front().at, 1.0));
        frame.across.end = std::max(std::log10(std::max(last, 1.0)) - frame.least_logarithm, 1e-9);
    } else {
        frame.across.end = std::max(last, 1e-9);
    }
    return frame;
}

void draw_curve(Svg& picture, const Curve& curve, double top) {
    if (curve.points.empty()) return;
    const Frame frame = frame_of(curve, top);
    picture.text({picture_margin, top + 14}, curve.name, "title");
    for (int i = 0; i <= grid_lines; ++i) {
        const double value = frame.up.end * i / grid_lines;
        const double y = frame.place_of(curve.points.front().at, value).y;
        picture.line({curve_left, y}, {curve_left + frame.across.length, y}, "grid");
        picture.text({curve_left - 8, y + 4}, to_text(value), "small", "end");
    }
    picture.text({picture_margin, top + 32}, curve.unit, "small");
    // choice: more numbers than these would run into each other.
    const std::size_t numbered_each = curve.points.size() / 8 + 1;
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const Curve::Point& point = curve.points[i];
        if (point.rounds.empty()) continue;
        const Svg::Place here = frame.place_of(point.at, median_of(point.rounds));
        if (i > 0) {
            const Curve::Point& before = curve.points[i - 1];
            picture.line(frame.place_of(before.at, median_of(before.rounds)), here, "curve");
        }
        const auto [least, most] = std::ranges::minmax(point.rounds);
        picture.line(frame.place_of(point.at, least), frame.place_of(point.at, most), "spread");
        for (const double round : point.rounds) {
            picture.circle(frame.place_of(point.at, round), 3, "round");
        }
        picture.circle(here, 5, "plain");
        if (i % numbered_each != 0) continue;
        picture.text({here.x, frame.bottom + 16}, to_text(point.at), "small", "middle");
    }
    picture.text({curve_left + frame.across.length / 2, frame.bottom + 34}, curve.across, "small",
                 "middle");
}

}  // namespace

std::string chart_of(const MeasuredGoal& measured) {
    Svg picture;
    const std::string title = fmt::format("{}: {}", measured.id, measured.what);
    double top = draw_title(picture, title);
    picture.text({picture_margin, top},
                 fmt::format("{}, commit {}, {} rounds of {} s: dots are rounds, the bar their "
                             "median, the dashed line the goal",
                             measured.occasion.date(), measured.occasion.commit,
                             measured.occasion.rounds, measured.occasion.seconds_per_round),
                 "small");
    top += line_height;
    const std::vector<Figure> figures = drawn_figures(measured.result);
    double common_end = 0;
    for (const Figure& figure : figures) common_end = std::max(common_end, end_of(figure));
    for (const Figure& figure : figures) {
        // Each target has a scale of its own; what only explains is compared on one.
        const Scale scale{.end = figure.target ? end_of(figure) : common_end,
                          .first = picture_margin,
                          .length = picture_width - 2 * picture_margin};
        draw_strip(picture, figure, scale, top);
        top += strip_height;
    }
    for (const Curve& curve : measured.result.curves) {
        draw_curve(picture, curve, top);
        top += curve_height;
    }
    return picture.finish(picture_width, top, title);
}

}  // namespace dibs::bench
