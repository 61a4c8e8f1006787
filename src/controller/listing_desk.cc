#include "controller/listing_desk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "controller/answer.h"

// Each who asks gives the readers one task, and a task serves as many as wait, up to a limit. So
// nobody waits without a task behind them, and a task that finds nobody is over at once.

namespace dibs::controller {

using base::Result;
using http::Reply;
using http::Response;
using repository::Listing;

namespace {

struct Answer {
    Reply reply;
    Response response;
};

}  // namespace

ListingDesk::ListingDesk(service::CouponService& coupons, base::Workers& readers, Teller tell)
    : coupons_(coupons), readers_(readers), tell_(tell) {}

void ListingDesk::ask(repository::ListingQuery query, Reply reply) {
    std::optional<Asked> turned_away = waiting_.with([&](auto& waiting) -> std::optional<Asked> {
        waiting.push_back({std::move(query), std::move(reply)});
        // With the lock held: whoever waits has a task behind them, or isn't seen by anybody.
        if (readers_.submit([this] { serve_next(); })) return std::nullopt;
        Asked last = std::move(waiting.back());
        waiting.pop_back();
        return last;
    });
    if (turned_away) {
        turned_away->reply.send(
            answer_of({base::FailureKind::overloaded, "the readers' line is full"}));
    }
}

void ListingDesk::serve_next() {
    Taken taken = take();
    if (taken.queries.empty()) return;
    const auto listings = coupons_.list_registered(taken.queries);
    hand_over(std::move(taken), listings);
}

// Each from the loop that its reply belongs to, with one task for each loop.
void ListingDesk::hand_over(Taken taken, const std::vector<Result<Listing>>& listings) {
    std::vector<std::pair<http::Loop*, std::vector<Answer>>> by_loop;
    for (std::size_t i = 0; i < taken.replies.size(); ++i) {
        http::Loop* const loop = &taken.replies[i].loop();
        auto found =
            std::ranges::find(by_loop, loop, [](const auto& entry) { return entry.first; });
        if (found == by_loop.end()) {
            found = by_loop.emplace(found, loop, std::vector<Answer>());
        }
        found->second.push_back({std::move(taken.replies[i]), tell_(listings[i])});
    }
    for (auto& [loop, answers] : by_loop) {
        loop->post([all = std::move(answers)]() mutable {
            for (Answer& one : all) one.reply.send(std::move(one.response));
        });
    }
}

ListingDesk::Taken ListingDesk::take() {
    return waiting_.with([](auto& waiting) {
        Taken taken;
        const std::size_t count = std::min(waiting.size(), read_together_max);
        taken.queries.reserve(count);
        taken.replies.reserve(count);
        for (std::size_t i = 0; i < count; ++i) {
            taken.queries.push_back(std::move(waiting.front().query));
            taken.replies.push_back(std::move(waiting.front().reply));
            waiting.pop_front();
        }
        return taken;
    });
}

}  // namespace dibs::controller
