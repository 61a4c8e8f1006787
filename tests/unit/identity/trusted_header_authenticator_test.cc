// Goal: behind a gateway, its headers say who is asking, and doubtful ones say nothing.
// Method: each header absent, once and twice, and names that no user can have.

#include "identity/trusted_header_authenticator.h"

#include <gtest/gtest.h>

namespace dibs::identity {
namespace {

std::expected<Caller, Refusal> ask(CredentialField user, CredentialField scopes = {}) {
    return TrustedHeaderAuthenticator().authenticate(
        {.authorization = {"Bearer ignored", 2}, .user_id = user, .user_scopes = scopes},
        base::Instant{});
}

TEST(TrustedHeaderAuthenticator, BelievesTheGateway) {
    EXPECT_EQ(ask({"alice", 1}), (Caller{.user = "alice", .is_admin = false}));
    EXPECT_EQ(ask({"root", 1}, {"openid coupons:admin", 1}),
              (Caller{.user = "root", .is_admin = true}));
    EXPECT_EQ(ask({"bob", 1}, {"openid", 1}), (Caller{.user = "bob", .is_admin = false}));
}

TEST(TrustedHeaderAuthenticator, RefusesARepeatedHeader) {
    EXPECT_EQ(ask({"alice", 2}).error().reason, RefusalReason::credentials_repeated);
    EXPECT_EQ(ask({"alice", 1}, {"coupons:admin", 2}).error().reason,
              RefusalReason::credentials_repeated);
}

TEST(TrustedHeaderAuthenticator, RefusesWhoIsNotNamed) {
    EXPECT_EQ(ask({}).error().reason, RefusalReason::credentials_missing);
    EXPECT_EQ(ask({"", 1}).error().reason, RefusalReason::user_malformed);
    EXPECT_EQ(ask({"caf\xE9", 1}).error().reason, RefusalReason::user_malformed);
    EXPECT_EQ(ask({std::string_view("a\0b", 3), 1}).error().reason, RefusalReason::user_malformed);
}

}  // namespace
}  // namespace dibs::identity
