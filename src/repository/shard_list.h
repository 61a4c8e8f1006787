#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// What a server has on record of itself: of which store it is one, and which one.
struct ShardRecord {
    std::string store;
    ShardPlace place;
    bool is_whole = false;  ///< Every server of the store had its place then.
    bool operator==(const ShardRecord&) const = default;
};

/// What is known of a server before it is used.
struct ShardState {
    std::optional<ShardRecord> record;
    bool has_coupons = false;
};

/// The servers that a store's URL names: itself, or, with spaces between them, several.
[[nodiscard]] std::vector<std::string> servers_of(const std::string& url);

/// Refuses a server that is named alone and is one of several. Fails: invalid, with what to change.
[[nodiscard]] base::Result<void> expect_alone(const ShardState& state);

/// Refuses servers that are not those of one store, all of them, in their order. One that is new
/// and empty is welcome until the store was whole once. Fails: invalid, with what to change.
[[nodiscard]] base::Result<void> expect_places(std::span<const ShardState> states);

/// The failure, with the server that it is of: `server 2 of 3: …`.
[[nodiscard]] base::Failure about_server(ShardPlace place, const base::Failure& failure);

}  // namespace dibs::repository
