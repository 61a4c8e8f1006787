#include "repository/sharded_listing.h"

#include <optional>
#include <tuple>
#include <utility>

#include "repository/merged_pages.h"

// First it is asked for whom the servers have something due, by a look that began after the listing
// was asked for; then the rows are read. So what is due no longer had reached the listings before
// they are read, and what is due is read where it was written. What is found in both is taken from
// there: in the listings it may still be active, or bear a name that the coupon no longer has.

namespace dibs::repository {

using base::Result;

namespace {

/// Newest first; at a tie the larger id first.
bool is_listed_before(const RegisteredWithTerms& first, const RegisteredWithTerms& second) {
    const auto place = [](const RegisteredWithTerms& row) {
        return std::tie(row.registered.registered_at, row.registered.coupon_id,
                        row.registered.sequence);
    };
    return place(first) > place(second);
}

/// What was read for one query so far.
struct Gathered {
    std::vector<Listing> pages;
    std::optional<base::Failure> failure;
};

/// Reads the queries of the users that `concerns` all at once, and adds to each what came.
template <typename Concerns, typename Read>
void gather(std::span<const ListingQuery> queries, std::vector<Gathered>& gathered,
            Concerns concerns, Read read) {
    std::vector<ListingQuery> some;
    std::vector<Gathered*> whose;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (!concerns(queries[i].user)) continue;
        some.push_back(queries[i]);
        whose.push_back(&gathered[i]);
    }
    if (some.empty()) return;
    std::vector<Result<Listing>> listings = read(some);
    for (std::size_t i = 0; i < listings.size(); ++i) {
        if (listings[i]) {
            whose[i]->pages.push_back(*std::move(listings[i]));
        } else {
            whose[i]->failure = listings[i].failure();
        }
    }
}

}  // namespace

ShardedListing::ShardedListing(std::vector<Server> servers)
    : map_(servers.size()), servers_(std::move(servers)), due_([this] { return find_due(); }) {}

ShardedListing::Due ShardedListing::find_due() {
    std::vector<UserMarks> due;
    for (const Server& server : servers_) {
        const auto of_server = server.listing->find_due();
        if (!of_server) return of_server.failure();
        due.push_back(*of_server);
    }
    return due;
}

std::vector<Result<Listing>> ShardedListing::list(std::span<const ListingQuery> queries) {
    const auto due = due_.ask();
    if (!due) return std::vector<Result<Listing>>(queries.size(), due.failure());
    std::vector<Gathered> gathered(queries.size());
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        gather(
            queries, gathered,
            [&](const domain::UserId& user) { return (*due)[place].may_have(user); },
            [&](const auto& some) { return servers_[place].coupons->list_registered(some); });
    }
    // Last, so that the rows that were read where they were written come before their copies.
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        gather(
            queries, gathered,
            [&](const domain::UserId& user) { return map_.place_of(user) == place; },
            [&](const auto& some) { return servers_[place].listing->list(some); });
    }
    std::vector<Result<Listing>> listings;
    listings.reserve(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        if (gathered[i].failure) {
            listings.emplace_back(*std::move(gathered[i].failure));
        } else {
            listings.emplace_back(
                merge_pages(std::move(gathered[i].pages), queries[i].count_max, is_listed_before));
        }
    }
    return listings;
}

}  // namespace dibs::repository
