#include "controller/page_cursor.h"

#include "base/number.h"
#include "identity/base64url.h"

// A cursor is the listing's letter and its numbers, separated by dots, in base64url: not a secret,
// but nothing that anybody is invited to make up.

namespace dibs::controller {

std::string write_cursor(char listing, std::initializer_list<std::int64_t> place) {
    std::string text(1, listing);
    for (const std::int64_t number : place) text += '.' + std::to_string(number);
    return identity::encode_base64url(text);
}

std::optional<std::vector<std::int64_t>> read_cursor(char listing, std::size_t count,
                                                     std::string_view text) {
    const auto decoded = identity::decode_base64url(text);
    if (!decoded || decoded->empty() || decoded->front() != listing) return std::nullopt;
    std::vector<std::int64_t> place;
    std::string_view rest = std::string_view(*decoded).substr(1);
    while (!rest.empty()) {
        if (rest.front() != '.') return std::nullopt;
        rest.remove_prefix(1);
        const std::string_view number_text = rest.substr(0, rest.find('.'));
        const auto number = base::parse_integer<std::int64_t>(number_text);
        if (!number) return std::nullopt;
        place.push_back(*number);
        rest.remove_prefix(number_text.size());
    }
    if (place.size() != count) return std::nullopt;
    return place;
}

}  // namespace dibs::controller
