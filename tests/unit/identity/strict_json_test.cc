// Goal: only a whole JSON object with distinct names is read. Method: a table of what is not one,
// and random scraps, read by Boost.JSON's own parser too.

#include "identity/strict_json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

namespace dibs::identity {
namespace {

TEST(StrictJson, ReadsEveryKindOfValue) {
    const auto object = parse_strict_object(
        R"( {"text":"\u00e9","whole":-7,"large":18446744073709551615,"part":1.5,"yes":true,)"
        R"("none":null,"list":[1,[],{}],"inner":{"text":"again"}} )");
    ASSERT_TRUE(object.has_value());
    EXPECT_EQ(object->at("text").get_string(), "\xC3\xA9");
    EXPECT_EQ(object->at("whole").get_int64(), -7);
    EXPECT_EQ(object->at("large").get_uint64(), 18446744073709551615U);
    EXPECT_EQ(object->at("part").get_double(), 1.5);
    EXPECT_EQ(object->at("list").get_array().size(), 3U);
    EXPECT_EQ(object->at("inner").get_object().size(), 1U);
}

TEST(StrictJson, RefusesTwoMembersOfOneNameAtAnyDepth) {
    EXPECT_FALSE(parse_strict_object(R"({"sub":"alice","sub":"bob"})"));
    EXPECT_FALSE(parse_strict_object(R"({"sub":"alice","sub":"alice"})"));
    EXPECT_FALSE(parse_strict_object(R"({"sub":"alice","su\u0062":"bob"})"));
    EXPECT_FALSE(parse_strict_object(R"({"a":[{"b":1,"b":2}]})"));
    EXPECT_TRUE(parse_strict_object(R"({"a":{"b":1},"b":2})"));
}

TEST(StrictJson, RefusesWhatIsNoObject) {
    for (const char* text :
         {"", " ", "[]", "\"text\"", "1", "null", "{", "{}}", "{} {}", "{\"a\":1,}", "{'a':1}",
          "{\"a\":01}", "{\"a\":NaN}", "{\"a\":1} x", "// c\n{}", "{\"a\":\"\xC3\x28\"}",
          "{\"a\":\"\n\"}", "\xEF\xBB\xBF{}"}) {
        EXPECT_FALSE(parse_strict_object(text)) << text;
    }
}

TEST(StrictJson, RefusesNestingBeyondItsLimit) {
    const auto nested = [](std::size_t depth) {
        return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(parse_strict_object(nested(7)));
    EXPECT_FALSE(parse_strict_object(nested(8)));
    EXPECT_FALSE(parse_strict_object(nested(100'000)));
}

RC_GTEST_PROP(StrictJson, ReadsNothingThatBoostReadsDifferently, ()) {
    // Scraps of JSON in any order: mostly nonsense, sometimes an object.
    const auto scraps =
        *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
            "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "-1.5e3", "true",
            "null", " ", "{\"a\":", "\"b\":2}", "\\", "\""}));
    std::string text = "{";
    for (const std::string& scrap : scraps) text += scrap;
    const auto object = parse_strict_object(text);
    if (!object) return;
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    RC_ASSERT(!error);
    RC_ASSERT(value.as_object() == *object);
}

}  // namespace
}  // namespace dibs::identity
