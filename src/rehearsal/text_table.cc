#include "rehearsal/text_table.h"

#include <algorithm>

#include "rehearsal/figures.h"

namespace dibs::rehearsal {

namespace {

constexpr std::string_view indentation = "  ";
constexpr std::string_view gutter = "   ";

}  // namespace

std::vector<std::string> TextTable::lines() const {
    std::vector<std::size_t> widths(sides_.size());
    for (const auto& cells : lines_) {
        for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
            widths[i] = std::max(widths[i], shown_width(cells[i]));
        }
    }
    std::vector<std::string> rendered;
    for (const auto& cells : lines_) {
        std::string line(indentation);
        for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
            if (i > 0) line += gutter;
            line += sides_[i] == Side::left ? padded_right(cells[i], widths[i])
                                            : padded_left(cells[i], widths[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        rendered.push_back(std::move(line) + "\n");
    }
    return rendered;
}

}  // namespace dibs::rehearsal
