#pragma once

#include <string_view>

namespace dibs::identity {

/// The bytes of `text` as OpenSSL takes them; valid as long as what `text` looks at.
[[nodiscard]] inline const unsigned char* unsigned_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace dibs::identity
