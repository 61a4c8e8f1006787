#include "http/percent.h"

namespace dibs::http {

namespace {

int value_of_hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decode(std::string_view text, char for_plus) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '+') {
            decoded += for_plus;
        } else if (c != '%') {
            decoded += c;
        } else {
            if (text.size() - at < 3) return std::nullopt;
            const int high = value_of_hex_digit(text[at + 1]);
            const int low = value_of_hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return decoded;
}

}  // namespace

std::optional<std::string> decode_percent(std::string_view text) {
    return decode(text, '+');
}

std::optional<std::string> decode_query_component(std::string_view text) {
    return decode(text, ' ');
}

}  // namespace dibs::http
