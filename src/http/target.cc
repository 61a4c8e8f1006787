#include "http/target.h"

#include <algorithm>
#include <array>

namespace dibs::http {

namespace {

using CharacterSet = std::array<bool, 256>;

consteval CharacterSet set_of_letters_digits_and(std::string_view others) {
    CharacterSet set{};
    for (char c = 'a'; c <= 'z'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (char c = '0'; c <= '9'; ++c) set[static_cast<unsigned char>(c)] = true;
    for (const char c : others) set[static_cast<unsigned char>(c)] = true;
    return set;
}

// RFC 3986 section 2: unreserved, sub-delims and the percent sign, then what each part adds. That
// an escape is well-formed is seen where it is decoded.
constexpr CharacterSet host_characters = set_of_letters_digits_and("-._~!$&'()*+,;=%");
constexpr CharacterSet path_characters = set_of_letters_digits_and("-._~!$&'()*+,;=%:@/");
constexpr CharacterSet query_characters = set_of_letters_digits_and("-._~!$&'()*+,;=%:@/?");

bool consists_of(std::string_view text, const CharacterSet& set) {
    return std::all_of(text.begin(), text.end(),
                       [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_address_character(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

/// Empty, or a colon and digits (RFC 3986 section 3.2.3: the digits may be missing).
bool is_port_part(std::string_view text) {
    return text.empty() ||
           (text.front() == ':' && std::all_of(text.begin() + 1, text.end(), is_digit));
}

bool has_prefix_ignoring_case(std::string_view text, std::string_view lower_case_prefix) {
    return text.size() >= lower_case_prefix.size() &&
           std::equal(lower_case_prefix.begin(), lower_case_prefix.end(), text.begin(),
                      [](char wanted, char c) {
                          return wanted == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
                      });
}

std::optional<Target> parse_origin_form(std::string_view text) {
    const std::size_t path_end = std::min(text.find('?'), text.size());
    Target target;
    target.path = text.substr(0, path_end);
    target.query = text.substr(std::min(text.size(), path_end + 1));
    if (!consists_of(target.path, path_characters)) return std::nullopt;
    if (!consists_of(target.query, query_characters)) return std::nullopt;
    return target;
}

std::optional<Target> parse_absolute_form(Method method, std::string_view text) {
    const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
    const std::string_view authority = text.substr(0, authority_end);
    const std::string_view rest = text.substr(authority_end);
    // A user name in the authority is an error here (RFC 9110 section 4.2.4); `@` is no host's.
    if (!is_host(authority)) return std::nullopt;
    std::optional<Target> target = parse_origin_form(rest);
    if (!target) return std::nullopt;
    target->authority = authority;
    if (target->path.empty()) {
        // RFC 9112 section 3.2.4: OPTIONS with nothing after the authority means the server itself.
        target->path = method == Method::options && rest.empty() ? "*" : "/";
    }
    return target;
}

}  // namespace

bool is_host(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t closing = text.find(']');
        if (closing == std::string_view::npos || closing == 1) return false;
        const std::string_view address = text.substr(1, closing - 1);
        return std::all_of(address.begin(), address.end(), is_address_character) &&
               is_port_part(text.substr(closing + 1));
    }
    const std::size_t host_end = std::min(text.find(':'), text.size());
    return host_end > 0 && consists_of(text.substr(0, host_end), host_characters) &&
           is_port_part(text.substr(host_end));
}

std::optional<Target> split_target(Method method, std::string_view target) {
    if (target.starts_with('/')) return parse_origin_form(target);
    if (target == "*") {
        if (method != Method::options) return std::nullopt;
        return Target{target, {}, {}};
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (has_prefix_ignoring_case(target, scheme)) {
            return parse_absolute_form(method, target.substr(scheme.size()));
        }
    }
    return std::nullopt;
}

}  // namespace dibs::http
