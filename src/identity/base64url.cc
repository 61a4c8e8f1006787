#include "identity/base64url.h"

#include <array>
#include <cstdint>

namespace dibs::identity {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// No value of six bits has the highest bit.
constexpr std::uint8_t foreign = 0x80;

/// What each byte stands for in the alphabet, or `foreign`.
constexpr std::array<std::uint8_t, 256> value_of_byte = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(foreign);
    for (std::size_t value = 0; value < alphabet.size(); ++value) {
        values[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
    }
    return values;
}();

}  // namespace

std::string encode_base64url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            text += alphabet[bits >> bit_count & 0x3F];
        }
    }
    if (bit_count > 0) text += alphabet[bits << (6 - bit_count) & 0x3F];
    return text;
}

// Four characters are three bytes; the two or three that may be left over are one or two bytes and
// some bits that must be zero. Checked once at the end: a foreign character sets the bit that no
// value has.
std::optional<std::string> decode_base64url(std::string_view text) {
    const std::size_t rest_size = text.size() % 4;
    if (rest_size == 1) return std::nullopt;
    std::string bytes(text.size() / 4 * 3 + (rest_size == 0 ? 0 : rest_size - 1), '\0');
    const auto value_at = [&](std::size_t at) -> std::uint32_t {
        return value_of_byte[static_cast<unsigned char>(text[at])];
    };
    std::uint32_t seen = 0;
    std::size_t from = 0;
    std::size_t to = 0;
    for (; from + 4 <= text.size(); from += 4) {
        const std::uint32_t a = value_at(from);
        const std::uint32_t b = value_at(from + 1);
        const std::uint32_t c = value_at(from + 2);
        const std::uint32_t d = value_at(from + 3);
        seen |= a | b | c | d;
        bytes[to++] = static_cast<char>(a << 2 | b >> 4);
        bytes[to++] = static_cast<char>(b << 4 | c >> 2);
        bytes[to++] = static_cast<char>(c << 6 | d);
    }
    std::uint32_t bits_left = 0;
    if (rest_size >= 2) {
        const std::uint32_t a = value_at(from);
        const std::uint32_t b = value_at(from + 1);
        const std::uint32_t c = rest_size == 3 ? value_at(from + 2) : 0;
        seen |= a | b | c;
        bytes[to++] = static_cast<char>(a << 2 | b >> 4);
        if (rest_size == 3) bytes[to++] = static_cast<char>(b << 4 | c >> 2);
        bits_left = rest_size == 3 ? c & 0x03 : b & 0x0F;
    }
    if ((seen & foreign) != 0 || bits_left != 0) return std::nullopt;
    return bytes;
}

}  // namespace dibs::identity
