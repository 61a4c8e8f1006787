#include "repository/sharded_listing.h"

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

Result<Listing> ShardedListing::list(const ListingQuery& query) {
    const auto due = due_.ask();
    if (!due) return due.failure();
    std::vector<Listing> pages;
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        if (!(*due)[place].may_have(query.user)) continue;
        auto held = std::move(servers_[place].coupons->list_registered({&query, 1}).front());
        if (!held) return held.failure();
        pages.push_back(*std::move(held));
    }
    auto filled = servers_[map_.place_of(query.user)].listing->list(query);
    if (!filled) return filled.failure();
    pages.push_back(*std::move(filled));  // The last one, so that the others' rows come before its.
    return merge_pages(std::move(pages), query.count_max, is_listed_before);
}

}  // namespace dibs::repository
