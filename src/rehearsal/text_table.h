#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dibs::rehearsal {

/// Lines of cells whose columns stand under each other.
class TextTable {
public:
    enum class Side : std::uint8_t { left, right };

    /// One for each column.
    explicit TextTable(std::vector<Side> sides) : sides_(std::move(sides)) {}

    /// A line; cells that are left out at its end stay empty.
    void add(std::vector<std::string> cells) { lines_.push_back(std::move(cells)); }

    /// The lines, each indented and ended with a line feed, with no spaces before it.
    [[nodiscard]] std::vector<std::string> lines() const;

private:
    std::vector<Side> sides_;
    std::vector<std::vector<std::string>> lines_;
};

}  // namespace dibs::rehearsal
