#include "load/svg.h"

#include <fmt/format.h>

#include <iterator>

namespace dibs::bench {

namespace {

// Each colour is seen on its ground with a contrast of 4.5 or more (WCAG 2.2, 1.4.3), but for what
// is only a help to the eye.
constexpr std::string_view chart_style = R"(<style>
.ground { fill: #ffffff; }
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; fill: #59636e; }
.grid { stroke: #d1d9e0; stroke-width: 1; }
.wanted { stroke: #0969da; stroke-width: 2; stroke-dasharray: 5 3; }
.wanted-text { font-size: 11px; fill: #0969da; }
.spread { stroke: #59636e; stroke-width: 3; }
.round { fill: #59636e; fill-opacity: 0.5; }
.met { fill: #1a7f37; }
.short { fill: #cf222e; }
.plain { fill: #0969da; }
.curve { stroke: #0969da; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; }
  text { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .wanted, .curve { stroke: #4493f8; }
  .wanted-text, .plain { fill: #4493f8; }
  .spread { stroke: #9198a1; }
  .round { fill: #9198a1; }
  .met { fill: #3fb950; }
  .short { fill: #f85149; }
}
</style>
)";

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace

void Svg::line(Place from, Place to, std::string_view kind) {
    fmt::format_to(std::back_inserter(body_),
                   R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>)"
                   "\n",
                   from.x, from.y, to.x, to.y, kind);
}

void Svg::rectangle(Place corner, double width, double height, std::string_view kind) {
    fmt::format_to(std::back_inserter(body_),
                   R"(<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="{}"/>)"
                   "\n",
                   corner.x, corner.y, width, height, kind);
}

void Svg::circle(Place centre, double radius, std::string_view kind) {
    fmt::format_to(std::back_inserter(body_),
                   R"(<circle cx="{:.1f}" cy="{:.1f}" r="{:.1f}" class="{}"/>)"
                   "\n",
                   centre.x, centre.y, radius, kind);
}

void Svg::text(Place at, std::string_view text, std::string_view kind, std::string_view anchor) {
    fmt::format_to(std::back_inserter(body_),
                   R"(<text x="{:.1f}" y="{:.1f}" class="{}" text-anchor="{}">{}</text>)"
                   "\n",
                   at.x, at.y, kind, anchor, escaped(text));
}

std::string Svg::finish(double width, double height, std::string_view title) const {
    return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:.0f} {1:.0f}" )"
                       R"(width="{0:.0f}" height="{1:.0f}" role="img" aria-label="{2}">)"
                       "\n<title>{2}</title>\n{3}"
                       R"(<rect width="{0:.0f}" height="{1:.0f}" class="ground"/>)"
                       "\n{4}</svg>\n",
                       width, height, escaped(title), chart_style, body_);
}

}  // namespace dibs::bench
