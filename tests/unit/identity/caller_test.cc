// Goal: only what can name a user does, and only a whole word makes an operator.
// Method: the edges of both rules.

#include "identity/caller.h"

#include <gtest/gtest.h>

#include <string>

namespace dibs::identity {
namespace {

TEST(User, IsOneTo128BytesOfPrintableAscii) {
    EXPECT_TRUE(is_user("a"));
    EXPECT_TRUE(is_user("auth0|5f7c8ec7c33c6c004bbafe82"));
    EXPECT_TRUE(is_user("!~"));
    EXPECT_TRUE(is_user(std::string(128, 'u')));
    EXPECT_FALSE(is_user(""));
    EXPECT_FALSE(is_user(std::string(129, 'u')));
}

TEST(User, MayHoldASpaceInsideButNotAtTheEnds) {
    EXPECT_TRUE(is_user("Alice Smith"));
    EXPECT_FALSE(is_user(" alice"));
    EXPECT_FALSE(is_user("alice "));
    EXPECT_FALSE(is_user(" "));
}

TEST(User, HoldsNoControlsAndNothingBeyondAscii) {
    for (const std::string& user :
         {std::string("a\nb"), std::string("a\tb"), std::string("a\x7F"), std::string("a\0b", 3),
          std::string("앨리스"), std::string("caf\xE9"), std::string("a\x1F")}) {
        EXPECT_FALSE(is_user(user)) << user;
    }
}

TEST(Scopes, NameAScopeOnlyAsAWholeWord) {
    EXPECT_TRUE(has_scope("coupons:admin", admin_scope));
    EXPECT_TRUE(has_scope("openid coupons:admin profile", admin_scope));
    EXPECT_TRUE(has_scope("openid  coupons:admin", admin_scope));
    for (const char* scopes :
         {"", " ", "coupons:administrator", "xcoupons:admin", "coupons", "coupons:admin,openid",
          "Coupons:Admin", "coupons: admin", "coupons:admin\tx"}) {
        EXPECT_FALSE(has_scope(scopes, admin_scope)) << scopes;
    }
}

}  // namespace
}  // namespace dibs::identity
