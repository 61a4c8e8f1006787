#include "identity/verified_tokens.h"

#include <algorithm>
#include <utility>

namespace dibs::identity {

// Each part keeps two generations. What is asked for moves to the young one; when that is full, it
// becomes the old one and the old one goes. So what was not asked for during a whole generation is
// forgotten, with no list to keep in order. Each may hold half of the part's share.

namespace {

std::size_t size_of(std::string_view token, const VerifiedToken& verified) {
    return token.size() + verified.caller.user.size();
}

}  // namespace

VerifiedTokens::VerifiedTokens(VerifiedTokensLimits limits)
    : generation_entries_max_(std::max<std::size_t>(limits.entries_max / shard_count / 2, 1)),
      generation_size_max_bytes_(limits.size_max_bytes / shard_count / 2) {}

base::Guarded<VerifiedTokens::Shard>& VerifiedTokens::shard_of(std::string_view token) {
    // The high bits: the map picks its bucket by the remainder, which leans on the low ones.
    constexpr int shard_bits = 4;
    static_assert(shard_count == 1 << shard_bits);
    return shards_[Hash()(token) >> (sizeof(std::size_t) * 8 - shard_bits)];
}

std::optional<Caller> VerifiedTokens::find(std::string_view token, base::Instant now) {
    Generation forgotten;  // Freed after the lock is let go.
    return shard_of(token).with([&](Shard& shard) -> std::optional<Caller> {
        auto place = shard.young.tokens.find(token);
        if (place == shard.young.tokens.end()) {
            const auto old_place = shard.old.tokens.find(token);
            if (old_place == shard.old.tokens.end()) return std::nullopt;
            const std::size_t size = size_of(token, old_place->second);
            auto node = shard.old.tokens.extract(old_place);
            shard.old.size_bytes -= size;
            make_room(shard, size, forgotten);
            shard.young.size_bytes += size;
            place = shard.young.tokens.insert(std::move(node)).position;
        }
        const VerifiedToken& verified = place->second;
        if (now >= verified.expires_at) {
            shard.young.size_bytes -= size_of(token, verified);
            shard.young.tokens.erase(place);
            return std::nullopt;
        }
        // The clock was set back.
        if (now < verified.valid_from) return std::nullopt;
        return verified.caller;
    });
}

void VerifiedTokens::remember(std::string_view token, const VerifiedToken& verified) {
    const std::size_t size = size_of(token, verified);
    if (size > generation_size_max_bytes_) return;
    std::string key(token);
    VerifiedToken value = verified;
    Generation forgotten;  // Freed after the lock is let go.
    shard_of(token).with([&](Shard& shard) {
        // Another thread may have remembered it meanwhile.
        if (shard.young.tokens.contains(token) || shard.old.tokens.contains(token)) return;
        make_room(shard, size, forgotten);
        shard.young.tokens.emplace(std::move(key), std::move(value));
        shard.young.size_bytes += size;
    });
}

void VerifiedTokens::make_room(Shard& shard, std::size_t size, Generation& forgotten) const {
    if (shard.young.tokens.size() < generation_entries_max_ &&
        shard.young.size_bytes + size <= generation_size_max_bytes_) {
        return;
    }
    forgotten = std::exchange(shard.old, std::exchange(shard.young, Generation()));
}

VerifiedTokens::Holding VerifiedTokens::holding() const {
    Holding total;
    for (const base::Guarded<Shard>& guarded : shards_) {
        guarded.with([&](const Shard& shard) {
            total.entries += shard.young.tokens.size() + shard.old.tokens.size();
            total.size_bytes += shard.young.size_bytes + shard.old.size_bytes;
        });
    }
    return total;
}

}  // namespace dibs::identity
