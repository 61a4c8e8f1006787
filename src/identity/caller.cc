#include "identity/caller.h"

#include <algorithm>

namespace dibs::identity {

bool is_user(std::string_view user) {
    if (user.empty() || user.size() > user_size_max_bytes) return false;
    if (user.front() == ' ' || user.back() == ' ') return false;
    return std::all_of(user.begin(), user.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
}

bool has_scope(std::string_view scopes, std::string_view scope) {
    while (!scopes.empty()) {
        const std::size_t end = std::min(scopes.find(' '), scopes.size());
        if (scopes.substr(0, end) == scope && !scope.empty()) return true;
        scopes.remove_prefix(std::min(end + 1, scopes.size()));
    }
    return false;
}

}  // namespace dibs::identity
