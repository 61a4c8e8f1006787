#include "controller/authorization.h"

#include <string>
#include <utility>

#include "controller/answer.h"

namespace dibs::controller {

using http::Request;
using http::Response;

namespace {

identity::CredentialField credential(const Request& request, std::string_view name) {
    const auto value = request.field(name);
    if (!value) return {};
    return {*value, request.field_count(name)};
}

Response unauthenticated(const identity::Refusal& refusal) {
    Response response = problem("unauthenticated", std::string(refusal.sentence));
    response.fields.push_back({"WWW-Authenticate", challenge_for(refusal)});
    return response;
}

}  // namespace

Authorization::Authorization(const identity::Authenticator& authenticator, UserRate& rate,
                             const base::Clock& clock)
    : authenticator_(authenticator), rate_(rate), clock_(clock) {}

std::expected<domain::UserId, Response> Authorization::user_of(const Request& request) const {
    auto caller = caller_of(request);
    if (!caller) return std::unexpected(std::move(caller.error()));
    if (const auto wait = rate_.count(caller->user, request.arrived_at_steady)) {
        return std::unexpected(rate_limited(*wait, rate_.per_second()));
    }
    auto user = domain::UserId::parse(caller->user);
    if (!user) return std::unexpected(problem("unauthenticated", "The user's name can't be one."));
    return *std::move(user);
}

std::expected<void, Response> Authorization::admit_operator(const Request& request) const {
    auto caller = caller_of(request);
    if (!caller) return std::unexpected(std::move(caller.error()));
    if (caller->is_admin) return {};
    Response forbidden = problem("forbidden", "The credentials lack the scope coupons:admin.");
    forbidden.fields.push_back(
        {"WWW-Authenticate", identity::challenge_for_scope(identity::admin_scope)});
    return std::unexpected(std::move(forbidden));
}

std::expected<identity::Caller, Response> Authorization::caller_of(const Request& request) const {
    auto caller =
        authenticator_.authenticate({.authorization = credential(request, "authorization"),
                                     .user_id = credential(request, "x-user-id"),
                                     .user_scopes = credential(request, "x-user-scopes")},
                                    clock_.now());
    if (!caller) return std::unexpected(unauthenticated(caller.error()));
    return *std::move(caller);
}

}  // namespace dibs::controller
