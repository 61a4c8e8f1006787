#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dibs::identity {

/// The bytes that sign and verify HS256 tokens. Wiped from memory when it goes; shown nowhere.
class Secret {
public:
    explicit Secret(std::string_view bytes);
    ~Secret();
    Secret(Secret&&) noexcept = default;
    Secret& operator=(Secret&& other) noexcept;

    /// Lent: valid while the secret lives.
    [[nodiscard]] std::string_view bytes() const;

private:
    std::vector<char> bytes_;
};

/// The least size of a secret. Source: RFC 7518 section 3.2, a key as long as the hash's output.
inline constexpr std::size_t secret_size_min_bytes = 32;

/// Reads the secret that `path` holds: the file's bytes without one newline (`\n` or `\r\n`) at the
/// end. Logs a warning if others than the owner may read the file. Blocks on the disk.
/// Fails: unavailable (not there, not readable), invalid (too short, far too long, not a file).
[[nodiscard]] base::Result<Secret> load_secret(const std::string& path);

/// Whether there is nothing at `path`: then, and only then, `load_or_generate_secret` makes a
/// secret there. Blocks on the disk.
[[nodiscard]] bool is_secret_missing(const std::string& path);

/// Makes a new random secret (256 bits, written as base64url text and a newline) at `path`, mode
/// 0600. The file appears whole or not at all, and never in the place of another. Blocks until it
/// is durable.
/// Fails: refused (there is a file already), unavailable (the folder can't be written).
[[nodiscard]] base::Result<void> generate_secret_file(const std::string& path);

/// Loads the secret at `path`; if there is no such file, makes it first, and logs that it did. Two
/// processes that do this at once end up with the same secret. Fails: as `load_secret` and
/// `generate_secret_file`.
[[nodiscard]] base::Result<Secret> load_or_generate_secret(const std::string& path);

}  // namespace dibs::identity
