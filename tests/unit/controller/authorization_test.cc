// Goal: who may ask is decided by what proves them and by nothing else, and those who may not are
// told why in the form that they expect. Method: an authenticator that notes what it is shown and
// answers what the test says.

#include "controller/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/printing.h"
#include "unit/controller/requests.h"
#include "unit/controller/responses.h"

namespace dibs::controller {
namespace {

using http::Response;
using identity::Caller;
using identity::Refusal;
using identity::RefusalReason;
using test::noon;

using namespace std::chrono_literals;

/// Says that everybody is `caller`, or refuses everybody.
class SettledAuthenticator final : public identity::Authenticator {
public:
    std::expected<Caller, Refusal> authenticate(const identity::Credentials& credentials,
                                                base::Instant now) const override {
        shown = credentials;
        asked_at = now;
        if (refusal) return std::unexpected(*refusal);
        return caller;
    }

    Caller caller;
    std::optional<Refusal> refusal;
    mutable identity::Credentials shown;
    mutable base::Instant asked_at;
};

std::string code_of(const Response& response) {
    return std::string(body_of(response).at("code").as_string());
}

class AuthorizationTest : public testing::Test {
protected:
    SettledAuthenticator authenticator_;
    UserRate rate_{10, 2};
    test::ManualClock clock_;
    Authorization authorization_{authenticator_, rate_, clock_};
};

TEST_F(AuthorizationTest, LetsAUserAsk) {
    authenticator_.caller = {.user = "alice", .is_admin = false};
    const auto user = authorization_.user_of(request_with({}));
    ASSERT_TRUE(user.has_value());
    EXPECT_EQ(*user, test::user("alice"));
    EXPECT_EQ(authenticator_.asked_at, noon);
}

TEST_F(AuthorizationTest, ShowsTheAuthenticatorEachFieldAndHowOftenItCame) {
    authenticator_.caller = {.user = "alice", .is_admin = false};
    const auto request = request_with({{"authorization", "Bearer x"},
                                       {"x-user-id", "alice"},
                                       {"x-user-id", "eve"},
                                       {"x-user-scopes", "coupons:admin"}});
    static_cast<void>(authorization_.user_of(request));
    EXPECT_EQ(authenticator_.shown.authorization.value, "Bearer x");
    EXPECT_EQ(authenticator_.shown.authorization.occurrences, 1U);
    EXPECT_EQ(authenticator_.shown.user_id.value, "alice");
    EXPECT_EQ(authenticator_.shown.user_id.occurrences, 2U);
    EXPECT_EQ(authenticator_.shown.user_scopes.value, "coupons:admin");
    const auto empty = request_with({});
    static_cast<void>(authorization_.user_of(empty));
    EXPECT_EQ(authenticator_.shown.authorization.occurrences, 0U);
}

TEST_F(AuthorizationTest, TellsWhoIsNotKnownWhy) {
    authenticator_.refusal.emplace(Refusal(RefusalReason::token_expired, "The token has expired."));
    const auto user = authorization_.user_of(request_with({}));
    ASSERT_FALSE(user.has_value());
    EXPECT_EQ(user.error().status, 401U);
    EXPECT_EQ(code_of(user.error()), "unauthenticated");
    EXPECT_THAT(user.error().body, testing::HasSubstr("The token has expired."));
    EXPECT_EQ(field_of(user.error(), "WWW-Authenticate"),
              identity::challenge_for(*authenticator_.refusal));
    const auto admitted = authorization_.admit_operator(request_with({}));
    ASSERT_FALSE(admitted.has_value());
    EXPECT_EQ(admitted.error().status, 401U);
}

TEST_F(AuthorizationTest, AdmitsOnlyOperatorsToWhatIsTheirs) {
    authenticator_.caller = {.user = "alice", .is_admin = false};
    const auto refused = authorization_.admit_operator(request_with({}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, 403U);
    EXPECT_EQ(code_of(refused.error()), "forbidden");
    EXPECT_EQ(field_of(refused.error(), "WWW-Authenticate"),
              R"(Bearer realm="dibs", error="insufficient_scope", scope="coupons:admin")");
    authenticator_.caller.is_admin = true;
    EXPECT_TRUE(authorization_.admit_operator(request_with({})).has_value());
}

TEST_F(AuthorizationTest, AnOperatorIsAUserLikeAnyOther) {
    authenticator_.caller = {.user = "operator", .is_admin = true};
    EXPECT_EQ(*authorization_.user_of(request_with({})), test::user("operator"));
}

TEST_F(AuthorizationTest, TurnsAwayWhoAsksTooOften) {
    authenticator_.caller = {.user = "alice", .is_admin = false};
    auto request = request_with({});
    request.arrived_at_steady = clock_.steady_now();
    EXPECT_TRUE(authorization_.user_of(request).has_value());
    EXPECT_TRUE(authorization_.user_of(request).has_value());
    const auto refused = authorization_.user_of(request);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().status, 429U);
    EXPECT_EQ(code_of(refused.error()), "rate-limited");
    EXPECT_EQ(field_of(refused.error(), "Retry-After"), "1");
    request.arrived_at_steady += 100ms;
    EXPECT_TRUE(authorization_.user_of(request).has_value());
}

TEST_F(AuthorizationTest, NoOneElsesRequestsAreCountedForThoseWhoAreNotKnown) {
    auto request = request_with({});
    request.arrived_at_steady = clock_.steady_now();
    authenticator_.caller = {.user = "alice", .is_admin = false};
    authenticator_.refusal.emplace(Refusal(RefusalReason::signature_wrong, "No."));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(authorization_.user_of(request).has_value());
    authenticator_.refusal.reset();
    EXPECT_TRUE(authorization_.user_of(request).has_value()) << "a forger used up nothing of hers";
}

TEST_F(AuthorizationTest, OperatorsAreNotLimited) {
    authenticator_.caller = {.user = "operator", .is_admin = true};
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(authorization_.admit_operator(request_with({})).has_value());
    }
}

TEST_F(AuthorizationTest, ANameThatNoUserCanHaveIsNobodys) {
    authenticator_.caller = {.user = std::string(129, 'x'), .is_admin = false};
    const auto user = authorization_.user_of(request_with({}));
    ASSERT_FALSE(user.has_value());
    EXPECT_EQ(user.error().status, 401U);
}

}  // namespace
}  // namespace dibs::controller
