#pragma once

#include <string>
#include <string_view>

namespace dibs::bench {

/// A picture that is drawn from top to bottom, in pixels from its upper left corner. What a thing
/// looks like is said by its class; `svg.cc` has them.
class Svg {
public:
    struct Place {
        double x = 0;
        double y = 0;
    };

    void line(Place from, Place to, std::string_view kind);
    void rectangle(Place corner, double width, double height, std::string_view kind);
    void circle(Place centre, double radius, std::string_view kind);
    /// `anchor`: which part of the text stands at the place: start, middle or end.
    void text(Place at, std::string_view text, std::string_view kind,
              std::string_view anchor = "start");

    /// The whole file. `title` is for those who don't see it.
    [[nodiscard]] std::string finish(double width, double height, std::string_view title) const;

private:
    std::string body_;
};

}  // namespace dibs::bench
