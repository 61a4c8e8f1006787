#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"

namespace dibs::http {

/// The parts of a request-target (RFC 9112 section 3.2), as views into it.
struct Target {
    std::string_view path;       ///< `/…`, or `*`.
    std::string_view query;      ///< Without its `?`.
    std::string_view authority;  ///< Of the absolute form; else empty.
};

/// Takes a request-target apart: origin form, absolute form (http and https), and the asterisk of
/// OPTIONS. Nothing if it is none of them or has a character that RFC 3986 doesn't allow there.
[[nodiscard]] std::optional<Target> split_target(Method method, std::string_view target);

/// Whether `text` is a host with or without a port, as `Host` and an authority must have it
/// (RFC 9110 section 7.2). Empty isn't: every http URI has a host (section 4.2.1).
[[nodiscard]] bool is_host(std::string_view text);

}  // namespace dibs::http
