#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "identity/openssl_handles.h"
#include "identity/secret_file.h"

namespace dibs::identity {

/// An HMAC with SHA-256: 32 bytes.
using HmacSha256 = std::array<unsigned char, 32>;

/// A context that computes HMACs with SHA-256 under `secret`. It belongs to one thread at a time.
/// OpenSSL without HMAC is a broken installation and stops the process.
[[nodiscard]] EvpMacContext make_hmac_context(const Secret& secret);

/// The HMAC of `text`. The context can be used again at once.
[[nodiscard]] HmacSha256 compute_hmac(EVP_MAC_CTX& context, std::string_view text);

}  // namespace dibs::identity
