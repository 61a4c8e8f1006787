// Goal: what a client doesn't want it doesn't get. Method: a table of Accept fields, as RFC 9110
// section 12.5.1 has them and as they come.

#include "http/accept.h"

#include <gtest/gtest.h>

namespace dibs::http {
namespace {

std::optional<int> weight_of_csv(const std::vector<std::string>& fields) {
    Request request;
    for (const std::string& value : fields) request.fields.push_back({"accept", value});
    return accepted_weight(request, "text/csv");
}

TEST(Accept, HasAWeightForWhatItNames) {
    const std::pair<const char*, int> table[] = {
        {"text/csv", 1000},
        {"Text/CSV", 1000},
        {"text/csv;q=0.5", 500},
        {"text/csv ; q=0.25", 250},
        {"text/csv;Q=1.000", 1000},
        {"text/csv;q=0.001", 1},
        {"text/csv;q=0", 0},
        {"text/csv;q=0.000", 0},
        {"text/csv;charset=utf-8;q=0", 0},
        {"text/csv; charset=utf-8", 1000},
        {"application/json, text/csv;q=0.9, */*;q=0.1", 900},
        {"text/csv;q=0, text/csv;header=present", 1000},
    };
    for (const auto& [value, weight] : table) EXPECT_EQ(weight_of_csv({value}), weight) << value;
    EXPECT_EQ(weight_of_csv({"application/json", "text/csv;q=0.3"}), 300);
}

TEST(Accept, SaysNothingOfWhatItDoesNotName) {
    for (const char* value :
         {"", "*/*", "text/*", "application/json", "text/csvx", "xtext/csv",
          "application/json;of=text/csv", ",,;", "text/csv;q=2", "text/csv;q=0.1234",
          "text/csv;q=-1", "text/csv;q=", "text/csv;q=1.1", "text/csv;q=0x1"}) {
        EXPECT_EQ(weight_of_csv({value}), std::nullopt) << value;
    }
    EXPECT_EQ(weight_of_csv({}), std::nullopt);
}

}  // namespace
}  // namespace dibs::http
