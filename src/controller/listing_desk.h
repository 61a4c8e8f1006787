#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "base/guarded.h"
#include "base/workers.h"
#include "http/reply.h"
#include "service/coupon_service.h"

namespace dibs::controller {

/// Where those are served who ask what they hold: in one reading of the store for all who wait, as
/// there is one commit for all who want a coupon.
///
/// Whoever asks while a reading is under way is in the next one; so a reading is of as many as the
/// load makes it, and somebody who comes alone is served alone at once.
class ListingDesk {
public:
    // choice: what a reading costs by itself is shared by many then, and whoever is first in one
    // doesn't wait for long.
    static constexpr std::size_t read_together_max = 32;

    /// What is told of a listing that was read, or of one that could not be.
    using Teller = http::Response (*)(const base::Result<repository::Listing>& listing);

    /// Both must outlive it. `tell` is called on the readers' threads.
    ListingDesk(service::CouponService& coupons, base::Workers& readers, Teller tell);

    /// Sends the listing from the reply's own loop once one of the readers has read it; 503
    /// `overloaded` at once if their line is full. Call on the reply's loop; returns at once.
    void ask(repository::ListingQuery query, http::Reply reply);

private:
    struct Asked {
        repository::ListingQuery query;
        http::Reply reply;
    };
    /// What was asked, and whom to answer, in one order.
    struct Taken {
        std::vector<repository::ListingQuery> queries;
        std::vector<http::Reply> replies;
    };

    /// On a reader's thread.
    void serve_next();
    [[nodiscard]] Taken take();
    void hand_over(Taken taken, const std::vector<base::Result<repository::Listing>>& listings);

    service::CouponService& coupons_;
    base::Workers& readers_;
    const Teller tell_;
    base::Guarded<std::deque<Asked>> waiting_;
};

}  // namespace dibs::controller
