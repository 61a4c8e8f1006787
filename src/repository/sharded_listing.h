#pragma once

#include <optional>
#include <vector>

#include "repository/coupon_repository.h"
#include "repository/fresh_look.h"
#include "repository/postgres_listing.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// A user's listing where a store is several servers: one read of the listing that is kept for the
/// user, and, of each server that may have something of theirs to be filled yet, of what they hold
/// there.
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

    /// Fails: unavailable, where any of the servers can't be asked (what is missing of it could not
    /// be told from what is not there); corrupted.
    [[nodiscard]] base::Result<Listing> list(const ListingQuery& query);

private:
    /// Whose listings lack something, server by server.
    using Due = base::Result<std::vector<UserMarks>>;
    [[nodiscard]] Due find_due();

    const ShardMap map_;
    const std::vector<Server> servers_;
    FreshLook<Due> due_;
};

}  // namespace dibs::repository
