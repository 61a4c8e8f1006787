#include "identity/base64url.h"

#include <array>
#include <cstdint>

namespace dibs::identity {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t foreign = 0xFF;

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

std::optional<std::string> decode_base64url(std::string_view text) {
    // Four characters are three bytes; a single left-over character has too few bits for one.
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : text) {
        const std::uint8_t value = value_of_byte[static_cast<unsigned char>(c)];
        if (value == foreign) return std::nullopt;
        bits = bits << 6 | value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes += static_cast<char>(bits >> bit_count & 0xFF);
        }
    }
    const std::uint32_t bits_left = bits & ((1U << bit_count) - 1);
    if (bits_left != 0) return std::nullopt;
    return bytes;
}

}  // namespace dibs::identity
