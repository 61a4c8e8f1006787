#include "repository/sharded_stream_watch.h"

namespace dibs::repository {

using base::Result;
using domain::CouponId;
using domain::Sequence;

Result<std::vector<CouponId>> ShardedStreamWatch::wait_for_news(
    const std::vector<std::pair<CouponId, Sequence>>& known, std::chrono::milliseconds patience) {
    std::vector<std::vector<std::pair<CouponId, Sequence>>> known_of(servers_.size());
    for (const auto& [coupon_id, sequence] : known) {
        known_of[map_.place_of(coupon_id)].emplace_back(coupon_id, sequence);
    }
    const auto share = patience / static_cast<std::int64_t>(servers_.size());
    std::vector<CouponId> news;
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        const auto of_server = servers_[place]->wait_for_news(known_of[place], share);
        if (!of_server) return of_server.failure();
        news.insert(news.end(), of_server->begin(), of_server->end());
    }
    return news;
}

}  // namespace dibs::repository
