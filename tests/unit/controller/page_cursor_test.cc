// Goal: a cursor leads back to where it was made, and nothing else leads anywhere.
// Method: round trips at the edges of the numbers; cursors of other listings, damaged ones, and
// texts that were made up.

#include "controller/page_cursor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "identity/base64url.h"

namespace dibs::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(PageCursor, LeadsBackToItsPlace) {
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    EXPECT_THAT(read_cursor('r', 3, write_cursor('r', {1, 0, -1})),
                Optional(ElementsAre(1, 0, -1)));
    EXPECT_THAT(read_cursor('r', 2, write_cursor('r', {lowest, highest})),
                Optional(ElementsAre(lowest, highest)));
    EXPECT_THAT(read_cursor('r', 0, write_cursor('r', {})), Optional(IsEmpty()));
}

TEST(PageCursor, CanStandInAQueryAsItIs) {
    const std::string cursor = write_cursor('r', {1'795'780'800'000'000, 9'007'199'254'740'991, 7});
    EXPECT_EQ(cursor.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_"),
              std::string::npos);
}

TEST(PageCursor, OfAnotherListingLeadsNowhere) {
    EXPECT_EQ(read_cursor('o', 1, write_cursor('r', {7})), std::nullopt);
    EXPECT_EQ(read_cursor('r', 2, write_cursor('r', {7})), std::nullopt);
    EXPECT_EQ(read_cursor('r', 1, write_cursor('r', {7, 8})), std::nullopt);
}

TEST(PageCursor, ThatWasMadeUpLeadsNowhere) {
    for (const char* text :
         {"", "r", "r.", "r.1.", "r..1", "r1", "r.1x", "r. 1", "r.+1", "r.0x1", "r.1e3",
          "r.9223372036854775808", "r.-9223372036854775809", ".1", "1", "R.1", "r.1\n"}) {
        EXPECT_EQ(read_cursor('r', 1, identity::encode_base64url(text)), std::nullopt) << text;
    }
}

TEST(PageCursor, ThatIsNoBase64UrlLeadsNowhere) {
    const std::string good = write_cursor('r', {12});
    for (const std::string& text : {std::string(), good + "=", good + " ", good + "!", "+" + good,
                                    good.substr(1), std::string(1'000, 'A')}) {
        EXPECT_EQ(read_cursor('r', 1, text), std::nullopt) << text;
    }
}

TEST(PageCursor, CutShortNeverLeadsToAnotherPlaceOfAnotherKind) {
    const std::string good = write_cursor('r', {1'795'780'800'000'000, 42, 7});
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto place = read_cursor('r', 3, good.substr(0, size));
        // A cursor is no secret: what is left may still be three numbers, but then it reads as
        // such.
        if (place) {
            EXPECT_EQ(place->size(), 3U);
        }
    }
}

}  // namespace
}  // namespace dibs::controller
