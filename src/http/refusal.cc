#include "http/refusal.h"

#include <string>

namespace dibs::http {

namespace {

// Choice: a client over the maximum comes back after a second; by then most short visits are over.
constexpr std::string_view retry_after_seconds = "1";

Problem to_problem(const Refusal& refusal) {
    std::string detail(refusal.detail);
    switch (refusal.kind) {
        case RefusalKind::malformed:
            return {400, "malformed-request", "Malformed request", std::move(detail)};
        case RefusalKind::timed_out:
            return {408, "request-timeout", "Request timeout", std::move(detail)};
        case RefusalKind::payload_too_large:
            return {413, "payload-too-large", "Payload too large", std::move(detail)};
        case RefusalKind::uri_too_long:
            return {414, "uri-too-long", "URI too long", std::move(detail)};
        case RefusalKind::expectation_failed:
            return {417, "expectation-failed", "Expectation failed", std::move(detail)};
        case RefusalKind::header_too_large:
            return {431, "header-too-large", "Header too large", std::move(detail)};
        case RefusalKind::not_implemented:
            return {501, "not-implemented", "Not implemented", std::move(detail)};
        case RefusalKind::version_not_supported:
            return {505, "http-version-not-supported", "HTTP version not supported",
                    std::move(detail)};
        case RefusalKind::overloaded: return {503, "overloaded", "Overloaded", std::move(detail)};
    }
    return {500, "internal-error", "Internal error", std::move(detail)};
}

}  // namespace

Response to_response(const Refusal& refusal) {
    Response response = to_response(to_problem(refusal));
    response.must_close = true;
    if (refusal.kind == RefusalKind::overloaded) {
        response.fields.push_back({"Retry-After", std::string(retry_after_seconds)});
    }
    return response;
}

}  // namespace dibs::http
