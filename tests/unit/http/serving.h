#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/guarded.h"
#include "http/bound_sockets.h"
#include "http/server.h"
#include "unit/http/wire.h"

namespace dibs::http::test {

/// A clock that stands still until it is told to go on.
class ManualClock final : public base::Clock {
public:
    [[nodiscard]] base::Instant now() const override {
        return base::from_microseconds(1'795'748'400'000'000) + passed();
    }
    [[nodiscard]] base::SteadyInstant steady_now() const override {
        return base::SteadyInstant(std::chrono::hours(1)) + passed();
    }
    void advance(std::chrono::milliseconds time) { passed_ms_ += time.count(); }

private:
    [[nodiscard]] std::chrono::milliseconds passed() const {
        return std::chrono::milliseconds(passed_ms_.load());
    }

    std::atomic<std::int64_t> passed_ms_ = 0;
};

inline Response text(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

/// Answers at once with the request's path.
inline void echo_path(const Request& request, Reply reply) {
    reply.send(text(request.path));
}

inline std::unique_ptr<Server> open(const ServerOptions& options, Server::Handler handler,
                                    const base::Clock& clock) {
    auto sockets = BoundSockets::bind(options);
    base::ensure(sockets.is_ok(), "a test's server finds a port");
    auto opened = Server::open(*std::move(sockets), std::move(handler), clock);
    base::ensure(opened.is_ok(), "a test's server opens");
    return std::move(opened).value();
}

inline std::unique_ptr<Server> open(const ServerOptions& options, Server::Handler handler) {
    static const base::SystemClock clock;
    return open(options, std::move(handler), clock);
}

/// Waits until all that was posted to `loop` before has been done.
inline void catch_up_with(Loop& loop) {
    std::promise<void> done;
    loop.post([&done] { done.set_value(); });
    base::ensure(done.get_future().wait_for(patience) == std::future_status::ready,
                 "a loop does what is posted to it in time");
}

/// Waits until `is_so` says yes, looking at each turn of `loop`. False if it never does.
template <typename Condition>
[[nodiscard]] bool eventually(Loop& loop, Condition is_so) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        catch_up_with(loop);
    }
    return true;
}

/// Takes the requests of a server without answering them, until the test says so. Its `handler` may
/// outlive it by no request.
class HeldReplies {
public:
    [[nodiscard]] Server::Handler handler() {
        return [this](const Request&, Reply reply) {
            replies_.with([&](std::vector<Reply>& held) { held.push_back(std::move(reply)); });
            replies_.notify_all();
        };
    }

    /// Waits until `count` requests have arrived that are not answered.
    void wait_for(std::size_t count) {
        const bool have_come = replies_.wait_until(
            std::chrono::steady_clock::now() + patience,
            [&](const std::vector<Reply>& held) { return held.size() >= count; },
            [&](const std::vector<Reply>& held) { return held.size() >= count; });
        base::ensure(have_come, "the requests arrive in time");
    }

    /// Answers all that have arrived, on `loop`, whose replies they must be.
    void answer_all(Loop& loop, const std::string& body) {
        loop.post([this, body] {
            auto held =
                replies_.with([](std::vector<Reply>& all) { return std::exchange(all, {}); });
            for (Reply& reply : held) reply.send(text(body));
        });
    }

    /// Destroys all that have arrived, on `loop`, without an answer.
    void drop_all(Loop& loop) {
        loop.post([this] {
            auto held =
                replies_.with([](std::vector<Reply>& all) { return std::exchange(all, {}); });
        });
    }

    /// Takes them out, for a test that wants to have them itself.
    [[nodiscard]] std::vector<Reply> take() {
        return replies_.with([](std::vector<Reply>& all) { return std::exchange(all, {}); });
    }

private:
    base::Guarded<std::vector<Reply>> replies_;
};

}  // namespace dibs::http::test
