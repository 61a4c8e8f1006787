#include "issuing/latch_watch.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"

// Method: each look is for the coupons that were closed when it began. A coupon turns nobody away
// before a look has found that its stream stands still. If somebody adds to its stock after the
// store has answered that look, the next one finds it: so somebody is turned away wrongly for the
// time of one answer and of one look at most.

namespace dibs::issuing {

namespace {

using repository::StreamWatch;
using std::chrono::milliseconds;

// choice: a look costs the store next to nothing, and what is promised is kept.
constexpr milliseconds look_interval{300};
static_assert(StreamWatch::answer_time + look_interval + StreamWatch::answer_time <
              std::chrono::seconds(1));

// choice: nothing is closed meanwhile, so only speed is lost, and a store that comes back is not
// asked by everybody at once.
constexpr Backoff failure_backoff{milliseconds(100), milliseconds(2'000)};

}  // namespace

LatchWatch::LatchWatch(SoldOutLatch& latch, std::vector<std::unique_ptr<StreamWatch>> streams,
                       Pause& pause)
    : latch_(latch), pause_(pause) {
    const std::size_t count = streams.size();
    for (auto& of_server : streams) {
        servers_.push_back({.streams = std::move(of_server),
                            .place = {servers_.size(), count},
                            .backoff = failure_backoff,
                            .is_blind = false,
                            .thread = {}});
    }
    if (count > 0) latch_.wait_for_looks();
}

void LatchWatch::start() {
    for (Server& server : servers_) {
        std::string name = "latch-watch";
        if (!server.place.is_alone()) name += "-" + std::to_string(server.place.place);
        server.thread = base::NamedThread(std::move(name), [this, place = server.place.place] {
            while (look(place)) {
            }
        });
    }
}

void LatchWatch::stop() {
    is_stopping_.with([](bool& is_stopping) { is_stopping = true; });
    pause_.end();
    for (Server& server : servers_) server.thread.join();
}

bool LatchWatch::look(std::size_t place) {
    if (is_stopping_.with([](const bool& is_stopping) { return is_stopping; })) return false;
    Server& server = servers_[place];
    const auto known = latch_.closed(server.place);
    const auto news = server.streams->wait_for_news(known, look_interval);
    if (!news) {
        note_failed_look(server, news.failure());
        return pause_.wait(server.backoff.next());
    }
    if (std::exchange(server.is_blind, false)) {
        latch_.allow_closing(server.place);
        server.backoff = failure_backoff;
    }
    for (const domain::CouponId coupon_id : *news) latch_.open(coupon_id);
    latch_.confirm(known);
    return true;
}

void LatchWatch::note_failed_look(Server& server, const base::Failure& failure) {
    latch_.forbid_closing(server.place);
    if (std::exchange(server.is_blind, true)) return;
    base::log::warning("latch-not-watched",
                       {{"server", server.place.place + 1}, {"why", failure.what}});
}

}  // namespace dibs::issuing
