// Goal: a slip of the finger is recognised, another word is not. Method: a table of both.

#include "app/nearest_name.h"

#include <gtest/gtest.h>

namespace dibs::app {
namespace {

const std::vector<std::string> names{"serve", "show", "stock", "group-max", "queue-max"};

TEST(NearestName, IsSuggestedForASlip) {
    EXPECT_EQ(suggest("srve", names), "; did you mean serve?");
    EXPECT_EQ(suggest("shwo", names), "; did you mean show?");
    EXPECT_EQ(suggest("grup-max", names), "; did you mean group-max?");
    EXPECT_EQ(suggest("groupmax", names), "; did you mean group-max?");
    EXPECT_EQ(suggest("stocks", names), "; did you mean stock?");
}

TEST(NearestName, IsNotSuggestedForAnotherWord) {
    for (const char* text : {"", "x", "ab", "list", "frobnicate", "http-threads"}) {
        EXPECT_EQ(suggest(text, names), "") << text;
    }
    EXPECT_EQ(suggest(std::string(100'000, 's'), names), "");
    EXPECT_EQ(suggest("serve", {}), "");
}

}  // namespace
}  // namespace dibs::app
