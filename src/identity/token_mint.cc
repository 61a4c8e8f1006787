#include "identity/token_mint.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "identity/base64url.h"
#include "identity/hmac.h"

namespace dibs::identity {

namespace {

namespace json = boost::json;
using std::chrono::seconds;

std::int64_t count_seconds(std::chrono::sys_time<seconds> moment) {
    return moment.time_since_epoch().count();
}

}  // namespace

TokenMint::TokenMint(const Secret& secret) : context_(make_hmac_context(secret)) {}

base::Result<std::string> TokenMint::mint(const TokenOrder& order) const {
    if (!is_user(order.caller.user)) {
        return base::invalid("a user is 1 to 128 bytes of printable ASCII without outer spaces");
    }
    if (order.lifetime < seconds(1)) return base::invalid("a token lives for a second or longer");
    // In whole seconds: the longest lifetime has more microseconds than there are numbers for.
    const auto lifetime_max = std::chrono::floor<seconds>(base::latest_instant() - order.issued_at);
    if (order.lifetime > lifetime_max) {
        return base::invalid("a token expires before the year 10000");
    }
    json::object claims;
    claims["sub"] = order.caller.user;
    // Whole seconds, which every reader takes; rounded outwards, so that the token lives for no
    // less than what was ordered.
    claims["iat"] = count_seconds(std::chrono::floor<seconds>(order.issued_at));
    claims["exp"] = count_seconds(std::chrono::ceil<seconds>(order.issued_at + order.lifetime));
    if (order.caller.is_admin) claims["scope"] = admin_scope;
    if (order.token_id) claims["jti"] = *order.token_id;
    if (order.issuer) claims["iss"] = *order.issuer;
    if (order.audience) claims["aud"] = *order.audience;

    std::string token = encode_base64url(R"({"alg":"HS256","typ":"JWT"})");
    token += '.';
    token += encode_base64url(json::serialize(claims));
    const HmacSha256 signature = compute_hmac(*context_, token);
    token += '.';
    token += encode_base64url(
        std::string_view(reinterpret_cast<const char*>(signature.data()), signature.size()));
    return token;
}

}  // namespace dibs::identity
