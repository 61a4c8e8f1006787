// Goal: bytes survive being spelled, and every sequence of bytes has one spelling only.
// Method: RFC 4648's vectors, a table of wrong spellings, and random round trips.

#include "identity/base64url.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace dibs::identity {
namespace {

TEST(Base64url, SpellsTheVectorsOfTheRfcWithoutPadding) {
    // RFC 4648 section 10, its padding left away.
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encode_base64url(bytes), text);
        EXPECT_EQ(decode_base64url(text), bytes);
    }
}

TEST(Base64url, UsesTheAlphabetForAddresses) {
    EXPECT_EQ(encode_base64url("\xFB\xFF\xBF"), "-_-_");
    EXPECT_EQ(decode_base64url("-_-_"), "\xFB\xFF\xBF");
}

TEST(Base64url, RefusesEverySpellingButTheOne) {
    for (const char* text :
         {"Zg==", "Zm8=", "Zm9v\n", "Zm 9v", "Zm9v+", "Zm9/", "A", "Zm9vA", "Zm9.",
          "\xC3\xA9"
          "AA"}) {
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
    }
    EXPECT_EQ(decode_base64url(std::string_view("Zm9\0", 4)), std::nullopt);
}

TEST(Base64url, RefusesBitsThatNoEncoderSets) {
    // "Zg" is f; the other fifteen spellings differ in bits that belong to no byte.
    for (const char* text : {"Zh", "Zi", "Zv", "Zm9", "Zm-", "Zm_"}) {
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
    }
}

RC_GTEST_PROP(Base64url, SurvivesARoundTrip, (const std::string& bytes)) {
    const std::string text = encode_base64url(bytes);
    RC_ASSERT(text.find_first_of("+/= ") == std::string::npos);
    RC_ASSERT(decode_base64url(text) == bytes);
}

RC_GTEST_PROP(Base64url, NeverReadsWhatItWouldNotWrite, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(
        std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=")));
    const std::optional<std::string> bytes = decode_base64url(text);
    if (bytes) RC_ASSERT(encode_base64url(*bytes) == text);
}

}  // namespace
}  // namespace dibs::identity
