#include "http/server.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/guarded.h"
#include "base/named_thread.h"
#include "http/bound_sockets.h"
#include "http/connection_group.h"
#include "http/listener.h"

// Where the defaults of ServerOptions come from:
// - connections_max: choice; at about 6 KB of memory each, 60 MB.
// - header_size_max_bytes: choice; twice what nginx and Apache take (8 KB), for large tokens.
// - body_size_max_bytes: choice; the largest body of this service's own API is about 2 KB.
// - header_timeout: choice; shorter than nginx's 60 s, as a header is one or two packets.
// - body_timeout: choice; 64 KB over the slowest mobile line take less.
// - idle_timeout: nginx's keepalive_timeout of 75 s, so that a proxy in front closes first.
// - write_timeout: choice, as for a body.
// - drain_timeout: measured; closing at once lost requests that were already on the wire.

namespace dibs::http {

namespace {

/// One HTTP thread's parts. The group lives for as long as anybody holds a Reply of it.
struct Lane {
    std::shared_ptr<ConnectionGroup> group;
    std::unique_ptr<Listener> listener;
    base::NamedThread thread;
};

class ThreadedServer final : public Server {
public:
    ThreadedServer(const BoundSockets& sockets, Handler handler, const base::Clock& clock,
                   Finish finish);
    ~ThreadedServer() override { stop(std::chrono::milliseconds(0)); }

    [[nodiscard]] base::Result<void> listen(BoundSockets sockets);
    void start();

    [[nodiscard]] std::uint16_t port() const override { return port_; }
    [[nodiscard]] std::vector<Loop*> loops() override;
    [[nodiscard]] ServerCounts counts() const override;
    void begin_drain() override;
    void stop(std::chrono::milliseconds patience) override;

private:
    const ServerOptions options_;
    ConnectionLimit limit_;
    std::vector<Lane> lanes_;
    const std::uint16_t port_;
    std::atomic<bool> is_draining_ = false;
    std::atomic<bool> is_stopped_ = false;
    base::Guarded<std::size_t> lanes_with_connections_;
};

ThreadedServer::ThreadedServer(const BoundSockets& sockets, Handler handler,
                               const base::Clock& clock, Finish finish)
    : options_(sockets.options()),
      limit_(options_.connections_max),
      port_(sockets.port()),
      lanes_with_connections_(options_.thread_count) {
    const ConnectionGroup::Settings settings{options_, std::move(handler), std::move(finish), clock,
                                             limit_};
    for (std::size_t number = 0; number < options_.thread_count; ++number) {
        lanes_.push_back({std::make_shared<ConnectionGroup>(number, settings), nullptr, {}});
    }
}

base::Result<void> ThreadedServer::listen(BoundSockets sockets) {
    auto listening = std::move(sockets).listen();
    if (!listening) return listening.failure();
    for (std::size_t number = 0; number < lanes_.size(); ++number) {
        auto listener = Listener::open(*lanes_[number].group, std::move((*listening)[number]));
        if (!listener) return listener.failure();
        lanes_[number].listener = *std::move(listener);
    }
    return {};
}

void ThreadedServer::start() {
    for (Lane& lane : lanes_) {
        lane.group->start();
        lane.listener->start();
        const std::string name =
            options_.thread_count == 1
                ? options_.thread_name
                : fmt::format("{}-{}", options_.thread_name, lane.group->loop().number());
        lane.thread = base::NamedThread(name, [&loop = lane.group->loop()] { loop.run(); });
    }
}

std::vector<Loop*> ThreadedServer::loops() {
    std::vector<Loop*> loops;
    for (Lane& lane : lanes_) loops.push_back(&lane.group->loop());
    return loops;
}

ServerCounts ThreadedServer::counts() const {
    ServerCounts sum;
    sum.connections_open = limit_.open();
    for (const Lane& lane : lanes_) {
        const ConnectionGroup::Counts& counts = std::as_const(*lane.group).counts();
        sum.connections_accepted += counts.accepted.get();
        sum.connections_refused += counts.refused.get();
        sum.requests += counts.requests.get();
        sum.malformed += counts.malformed.get();
        sum.timed_out += counts.timed_out.get();
    }
    return sum;
}

void ThreadedServer::begin_drain() {
    if (is_draining_.exchange(true)) return;
    for (Lane& lane : lanes_) {
        lane.group->loop().post([this, &lane] {
            lane.listener->close();
            lane.group->begin_drain([this] {
                lanes_with_connections_.with([](std::size_t& count) { --count; });
                lanes_with_connections_.notify_all();
            });
        });
    }
}

void ThreadedServer::stop(std::chrono::milliseconds patience) {
    if (is_stopped_.exchange(true)) return;
    begin_drain();
    lanes_with_connections_.wait_until(
        std::chrono::steady_clock::now() + patience, [](std::size_t count) { return count == 0; },
        [](std::size_t) {});
    for (Lane& lane : lanes_) {
        lane.group->loop().post([&lane] {
            lane.group->end();
            lane.group->loop().end();
        });
    }
    for (Lane& lane : lanes_) lane.thread.join();
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::open(BoundSockets sockets, Handler handler,
                                                   const base::Clock& clock, Finish finish) {
    auto server =
        std::make_unique<ThreadedServer>(sockets, std::move(handler), clock, std::move(finish));
    if (auto listens = server->listen(std::move(sockets)); !listens) return listens.failure();
    server->start();
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace dibs::http
