// Goal: columns stand under each other, whatever is in them. Method: look at the lines.

#include "rehearsal/text_table.h"

#include <gtest/gtest.h>

namespace dibs::rehearsal {
namespace {

TEST(TextTable, LinesUpItsColumns) {
    TextTable table({TextTable::Side::left, TextTable::Side::right, TextTable::Side::left});
    table.add({"issued", "7", "x"});
    table.add({"µ", "1,000"});
    const std::vector<std::string> expected{"  issued       7   x\n", "  µ        1,000\n"};
    EXPECT_EQ(table.lines(), expected);
}

TEST(TextTable, IsNothingWithoutLines) {
    EXPECT_TRUE(TextTable({TextTable::Side::left}).lines().empty());
}

}  // namespace
}  // namespace dibs::rehearsal
