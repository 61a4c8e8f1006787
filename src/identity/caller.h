#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dibs::identity {

/// Who is asking: a user whose identity was proven, and whether they are an operator.
struct Caller {
    std::string user;
    bool is_admin = false;

    friend bool operator==(const Caller&, const Caller&) = default;
};

/// The longest name that a user may have. Source: the API's promise of 1 to 128 bytes.
inline constexpr std::size_t user_size_max_bytes = 128;

/// The scope that makes a caller an operator.
inline constexpr std::string_view admin_scope = "coupons:admin";

/// Whether `user` can name a user: 1 to 128 bytes of printable ASCII (0x20 to 0x7E). A space may
/// stand inside but not at either end, where it could be neither seen nor trusted to survive HTTP.
[[nodiscard]] bool is_user(std::string_view user);

/// Whether the space-separated list `scopes` (RFC 6749 section 3.3) names `scope`, as a whole word.
[[nodiscard]] bool has_scope(std::string_view scopes, std::string_view scope);

}  // namespace dibs::identity
