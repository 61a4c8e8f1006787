#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "repository/coupon_repository.h"
#include "repository/postgres_pool.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// Listings by a statement that gives the columns of `read_registered_with_terms` and takes the
/// user, the place after which the listing goes on (three), and how many as $1 to $5: in the order
/// of the queries, in one round trip. Fails: unavailable, corrupted.
[[nodiscard]] std::vector<base::Result<Listing>> read_listings(
    PostgresPool& readers, std::string_view sql, std::span<const ListingQuery> queries);

/// A coupon as a listing shows it: its terms, and the number of their version.
struct ListedCoupon {
    domain::CouponTerms terms;
    std::int64_t version = 0;
};

/// Rows that come into listings: registrations, and the coupons that they are of.
struct ListedRows {
    std::vector<domain::RegisteredCoupon> registered;
    std::vector<ListedCoupon> coupons;
};

/// What one server of several has of the listings by user: those of the users whose place it is,
/// and what its own coupons owe to the listings of all. Any thread may call.
class PostgresListing {
public:
    /// Both must outlive it. `fillers` are for those who fill: for each two connections.
    PostgresListing(PostgresPool& readers, PostgresPool& fillers)
        : readers_(readers), fillers_(fillers) {}

    /// Whose listings lack something that was committed here before this was called: more users
    /// than those, never fewer. One look at the beginning of a table, however much is due. Fails:
    /// unavailable.
    [[nodiscard]] base::Result<UserMarks> find_due();

    /// Listings as far as they were filled, in the order of the queries, in one round trip. Fails:
    /// unavailable, corrupted.
    [[nodiscard]] std::vector<base::Result<Listing>> list(std::span<const ListingQuery> queries);

    /// Some of what is due, taken by one who fills. Nobody else takes it as long as this lives; if
    /// it goes without being settled, it is all due again.
    struct Due {
        PostgresPool::Lease lease;
        std::vector<std::int64_t> coupon_ids;  ///< The keys of what was taken, as columns.
        std::vector<std::string> changes;
        std::vector<std::int64_t> numbers;
        ListedRows rows;             ///< What it tells of, as it is now.
        bool are_terms_new = false;  ///< Terms were changed: every server may show the coupon.
    };

    /// choice: as many groups of 256 are filled in some tens of milliseconds, in one transaction at
    /// each server.
    static constexpr std::size_t due_max = 64;

    /// Takes what is due and nobody else has taken, `due_max` rows of it at most. Fails:
    /// unavailable, corrupted.
    [[nodiscard]] base::Result<std::optional<Due>> take_due();

    /// Says that the listings have what was taken. Fails: unavailable, in_doubt: then it may be due
    /// still, and doing it again changes nothing.
    [[nodiscard]] base::Result<void> settle(Due due);

    /// Brings rows into the listings that are kept here. Rows that are there already stay as they
    /// are, but for a status and terms that are newer. Fails: unavailable, conflict, in_doubt.
    [[nodiscard]] base::Result<void> put(const ListedRows& rows);

private:
    PostgresPool& readers_;
    PostgresPool& fillers_;
};

// What goes into the transaction of whoever changes what a listing shows, where the store is
// several servers.

/// The registrations of a coupon at these sequences were written, which are of these users.
[[nodiscard]] database::PostgresStatement registered_is_due(domain::CouponId coupon_id,
                                                            domain::Sequence first,
                                                            domain::Sequence last, UserMarks users);
/// One was taken back.
[[nodiscard]] database::PostgresStatement returned_is_due(
    const domain::RegisteredCoupon& registered);
/// A version was added to the coupon's terms, in the same transaction before this.
[[nodiscard]] database::PostgresStatement terms_are_due(domain::CouponId coupon_id);

}  // namespace dibs::repository
