#include "issuing/latch_watch.h"

#include <chrono>
#include <utility>

#include "base/log.h"

// Method: each look is for the coupons that were closed when it began. A coupon that is closed and
// restocked during one look is found by the next; so somebody is turned away wrongly for two looks
// at most.

namespace dibs::issuing {

namespace {

// choice: two looks, and the time that the store takes for them, are less than a second.
constexpr std::chrono::milliseconds look_interval{300};

// choice: nothing is closed meanwhile, so only speed is lost, and a store that comes back is not
// asked by everybody at once.
constexpr Backoff failure_backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(2'000)};

}  // namespace

LatchWatch::LatchWatch(SoldOutLatch& latch, std::unique_ptr<repository::StreamWatch> streams,
                       Pause& pause)
    : latch_(latch), streams_(std::move(streams)), pause_(pause), backoff_(failure_backoff) {}

void LatchWatch::start() {
    if (!streams_) return;
    thread_ = base::NamedThread("latch-watch", [this] {
        while (look()) {
        }
    });
}

void LatchWatch::stop() {
    is_stopping_.with([](bool& is_stopping) { is_stopping = true; });
    pause_.end();
    thread_.join();
}

bool LatchWatch::look() {
    if (is_stopping_.with([](const bool& is_stopping) { return is_stopping; })) return false;
    const auto news = streams_->wait_for_news(latch_.closed(), look_interval);
    if (!news) {
        latch_.forbid_closing();
        if (!std::exchange(is_blind_, true)) {
            base::log::warning("latch-not-watched", {{"why", news.failure().what}});
        }
        return pause_.wait(backoff_.next());
    }
    if (std::exchange(is_blind_, false)) {
        latch_.allow_closing();
        backoff_ = failure_backoff;
    }
    for (const domain::CouponId coupon_id : *news) latch_.open(coupon_id);
    return true;
}

}  // namespace dibs::issuing
