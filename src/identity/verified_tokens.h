#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/guarded.h"
#include "base/instant.h"
#include "identity/json_web_token.h"

namespace dibs::identity {

/// How much the cache of verified tokens may hold.
struct VerifiedTokensLimits {
    std::size_t entries_max = 65'536;
    std::size_t size_max_bytes = 64UL * 1024 * 1024;  ///< Of tokens and users together.
};

/// Remembers tokens that were verified, so that a caller's next request costs no signature check.
///
/// A token is known by all of its bytes, never by a digest that another could share. What has
/// expired, or is not valid yet, is never served. Only verified tokens get in, so strangers cannot
/// push others out. Any thread may call; never blocks.
class VerifiedTokens {
public:
    explicit VerifiedTokens(VerifiedTokensLimits limits = {});

    /// The caller whom `token` proves at `now`, if it was remembered and is still valid.
    [[nodiscard]] std::optional<Caller> find(std::string_view token, base::Instant now);

    /// Remembers `token`; what was not asked for lately makes room. One that alone is larger than
    /// what a part of the cache may hold is not remembered.
    void remember(std::string_view token, const VerifiedToken& verified);

    /// How many tokens and bytes are held now; a reading is a moment's, not a snapshot.
    struct Holding {
        std::size_t entries = 0;
        std::size_t size_bytes = 0;
    };
    [[nodiscard]] Holding holding() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    struct Generation {
        std::unordered_map<std::string, VerifiedToken, Hash, std::equal_to<>> tokens;
        std::size_t size_bytes = 0;
    };
    struct Shard {
        Generation young;
        Generation old;
    };

    // Choice: enough that the HTTP threads of a large machine seldom meet at one lock.
    static constexpr std::size_t shard_count = 16;

    [[nodiscard]] base::Guarded<Shard>& shard_of(std::string_view token);
    /// Starts a new generation if the young one has no room for `size` bytes more; what that pushes
    /// out comes back in `forgotten`.
    void make_room(Shard& shard, std::size_t size, Generation& forgotten) const;

    const std::size_t generation_entries_max_;
    const std::size_t generation_size_max_bytes_;
    std::array<base::Guarded<Shard>, shard_count> shards_;
};

}  // namespace dibs::identity
