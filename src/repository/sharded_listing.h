#pragma once

#include <span>
#include <vector>

#include "repository/coupon_repository.h"
#include "repository/fresh_look.h"
#include "repository/postgres_listing.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// Users' listings where a store is several servers: of each user the listing that is kept for
/// them, and what they hold at each server that may have something of theirs to be filled yet.
/// Listings that are asked for together cost two round trips to a server at most, and the look at
/// what is due.
///
/// Whatever was committed before `list` was called is in what it gives, as it is now; the listings
/// may be filled as late as they like. Any thread may call.
class ShardedListing {
public:
    /// What one server offers of both.
    struct Server {
        CouponRepository* coupons;
        PostgresListing* listing;
    };

    /// All must outlive it.
    explicit ShardedListing(std::vector<Server> servers);

    /// In the order of the queries; each fails by itself: unavailable, where a server that may have
    /// something of the user's can't be asked (what is missing of it could not be told from what is
    /// not there), or where what is due isn't known; corrupted.
    [[nodiscard]] std::vector<base::Result<Listing>> list(std::span<const ListingQuery> queries);

private:
    /// Whose listings lack something, server by server.
    using Due = base::Result<std::vector<UserMarks>>;
    [[nodiscard]] Due find_due();

    const ShardMap map_;
    const std::vector<Server> servers_;
    FreshLook<Due> due_;
};

}  // namespace dibs::repository
