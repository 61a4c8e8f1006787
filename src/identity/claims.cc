#include "identity/claims.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace dibs::identity {

namespace {

namespace json = boost::json;
using base::Instant;
using std::unexpected;

std::string_view text_of(const json::value& value) {
    return {value.get_string().data(), value.get_string().size()};
}

/// A NumericDate (RFC 7519 section 2): seconds since 1970, whole or with a fraction. What lies
/// beyond the calendar counts as its end; nothing if it is no number.
std::optional<Instant> to_instant(const json::value& date) {
    using std::chrono::seconds;
    const auto earliest = std::chrono::floor<seconds>(base::earliest_instant());
    const auto latest = std::chrono::floor<seconds>(base::latest_instant());
    if (const std::int64_t* whole = date.if_int64()) {
        const std::int64_t count = std::clamp<std::int64_t>(
            *whole, earliest.time_since_epoch().count(), latest.time_since_epoch().count());
        return Instant(seconds(count));
    }
    if (date.is_uint64()) return latest;  // Boost keeps here only what exceeds an int64.
    if (const double* fraction = date.if_double()) {
        const double count =
            std::clamp(*fraction, static_cast<double>(earliest.time_since_epoch().count()),
                       static_cast<double>(latest.time_since_epoch().count()));
        return base::from_microseconds(static_cast<std::int64_t>(std::floor(count * 1e6)));
    }
    return std::nullopt;
}

/// Whether `aud` (a text, or an array of texts) names the audience.
bool names_audience(const json::value& claim, std::string_view audience) {
    if (claim.is_string()) return text_of(claim) == audience;
    const json::array& list = claim.get_array();
    return std::any_of(list.begin(), list.end(),
                       [&](const json::value& item) { return text_of(item) == audience; });
}

/// A text, or an array of nothing but texts.
bool is_audience(const json::value& claim) {
    if (claim.is_string()) return true;
    const json::array* const list = claim.if_array();
    return list != nullptr && std::all_of(list->begin(), list->end(),
                                          [](const json::value& item) { return item.is_string(); });
}

/// When a token is valid: from `first` on, and before `second`.
std::expected<std::pair<Instant, Instant>, Refusal> check_times(const json::object& claims,
                                                                Instant now) {
    const json::value* const expires = claims.if_contains("exp");
    if (expires == nullptr) {
        return unexpected(Refusal(RefusalReason::token_malformed, "The token has no exp."));
    }
    const std::optional<Instant> expires_at = to_instant(*expires);
    if (!expires_at) {
        return unexpected(Refusal(RefusalReason::token_malformed, "The token's exp is no number."));
    }
    Instant valid_from = base::earliest_instant();
    for (const std::string_view name : {"nbf", "iat"}) {
        const json::value* const claim = claims.if_contains(name);
        if (claim == nullptr) continue;
        const std::optional<Instant> starts_at = to_instant(*claim);
        if (!starts_at) {
            return unexpected(
                Refusal(RefusalReason::token_malformed, "The token's nbf or iat is no number."));
        }
        valid_from = std::max(valid_from, *starts_at - clock_skew_max);
    }
    if (now >= *expires_at) {
        return unexpected(Refusal(RefusalReason::token_expired, "The token has expired."));
    }
    if (now < valid_from) {
        return unexpected(
            Refusal(RefusalReason::token_not_yet_valid, "The token is not valid yet."));
    }
    return std::pair(valid_from, *expires_at);
}

/// Whether the token is from whom and for whom it has to be; the refusal if not.
std::optional<Refusal> check_parties(const json::object& claims, const ExpectedClaims& expected) {
    const json::value* const issuer = claims.if_contains("iss");
    if (issuer != nullptr && !issuer->is_string()) {
        return Refusal(RefusalReason::token_malformed, "The token's iss is no string.");
    }
    if (expected.issuer && (issuer == nullptr || text_of(*issuer) != *expected.issuer)) {
        return Refusal(RefusalReason::issuer_wrong, "The token's issuer is not the expected one.");
    }
    const json::value* const audience = claims.if_contains("aud");
    if (audience != nullptr && !is_audience(*audience)) {
        return Refusal(RefusalReason::token_malformed,
                       "The token's aud is neither a string nor an array of strings.");
    }
    if (expected.audience &&
        (audience == nullptr || !names_audience(*audience, *expected.audience))) {
        return Refusal(RefusalReason::audience_wrong, "The token is meant for somebody else.");
    }
    return std::nullopt;
}

/// `sub` is the user, `scope` (RFC 8693 section 4.2) makes them an operator or not.
std::expected<Caller, Refusal> read_caller(const json::object& claims) {
    const json::value* const subject = claims.if_contains("sub");
    if (subject == nullptr || !subject->is_string() || !is_user(text_of(*subject))) {
        return unexpected(Refusal(
            RefusalReason::user_malformed,
            "The token's sub is not 1 to 128 bytes of printable ASCII without outer spaces."));
    }
    const json::value* const scope = claims.if_contains("scope");
    if (scope != nullptr && !scope->is_string()) {
        return unexpected(
            Refusal(RefusalReason::token_malformed, "The token's scope is no string."));
    }
    return Caller{.user = std::string(text_of(*subject)),
                  .is_admin = scope != nullptr && has_scope(text_of(*scope), admin_scope)};
}

}  // namespace

std::expected<VerifiedToken, Refusal> check_claims(const json::object& claims,
                                                   const ExpectedClaims& expected,
                                                   base::Instant now) {
    const auto times = check_times(claims, now);
    if (!times) return unexpected(times.error());
    if (const auto refusal = check_parties(claims, expected)) return unexpected(*refusal);
    auto caller = read_caller(claims);
    if (!caller) return unexpected(caller.error());
    return VerifiedToken{
        .caller = *std::move(caller), .valid_from = times->first, .expires_at = times->second};
}

}  // namespace dibs::identity
