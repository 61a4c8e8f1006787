#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/secret_file.h"
#include "identity/verification_key.h"

namespace dibs::identity {

/// The keys whose signatures are believed: one HS256 secret, or the public keys of a JWKS file (RFC
/// 7517, 7518 and 8037). Immutable once made: any thread may call.
class KeySet {
public:
    /// The one HS256 key.
    [[nodiscard]] static KeySet of_secret(const Secret& secret);

    /// Reads a JWKS file. Keys for other uses (`use` is not `sig`, `key_ops` lacks `verify`) and of
    /// unknown types or algorithms are left out and listed in `skipped`. Blocks on the disk.
    /// Fails: unavailable (the file can't be read), invalid (no key set, a key is malformed, weak,
    /// private or symmetric, a `kid` occurs twice, or no key is usable).
    [[nodiscard]] static base::Result<KeySet> open(const std::string& path);

    /// The same from text; `origin` names it in failures.
    [[nodiscard]] static base::Result<KeySet> parse(std::string_view text,
                                                    const std::string& origin);

    /// The key that a token with this `kid` must be signed with. A secret has no name: it answers
    /// to any. A token without `kid` may use the only key of a set, never one of several. Null if
    /// there is none.
    [[nodiscard]] const VerificationKey* find(std::optional<std::string_view> key_id) const;

    [[nodiscard]] std::size_t size() const { return keys_.size(); }

    /// Whether these are public keys, whose signatures cost tens of microseconds each to check.
    [[nodiscard]] bool are_public() const { return !answers_to_any_name_; }

    /// Which keys of the file were left out and why, a sentence each, for the log.
    [[nodiscard]] const std::vector<std::string>& skipped() const { return skipped_; }

private:
    struct NamedKey {
        std::optional<std::string> key_id;
        std::unique_ptr<VerificationKey> key;
    };

    std::vector<NamedKey> keys_;
    std::vector<std::string> skipped_;
    bool answers_to_any_name_ = false;
};

}  // namespace dibs::identity
