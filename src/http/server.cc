#include "http/server.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/guarded.h"
#include "base/named_thread.h"
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
    ThreadedServer(const ServerOptions& options, Handler handler, const base::Clock& clock,
                   Finish finish);
    ~ThreadedServer() override { stop(std::chrono::milliseconds(0)); }

    [[nodiscard]] base::Result<void> bind();
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
    std::uint16_t port_ = 0;
    std::atomic<bool> is_draining_ = false;
    std::atomic<bool> is_stopped_ = false;
    base::Guarded<std::size_t> lanes_with_connections_;
};

ThreadedServer::ThreadedServer(const ServerOptions& options, Handler handler,
                               const base::Clock& clock, Finish finish)
    : options_(options),
      limit_(options.connections_max),
      lanes_with_connections_(options.thread_count) {
    const ConnectionGroup::Settings settings{options, std::move(handler), std::move(finish), clock,
                                             limit_};
    for (std::size_t number = 0; number < options.thread_count; ++number) {
        lanes_.push_back({std::make_shared<ConnectionGroup>(number, settings), nullptr, {}});
    }
}

base::Result<void> ThreadedServer::bind() {
    std::vector<std::shared_ptr<ConnectionGroup>> groups;
    for (const Lane& lane : lanes_) groups.push_back(lane.group);
    auto acceptors = Listener::bind(options_, groups);
    if (!acceptors) return acceptors.failure();
    port_ = acceptors->front().local_endpoint().port();
    for (std::size_t number = 0; number < lanes_.size(); ++number) {
        lanes_[number].listener =
            std::make_unique<Listener>(*lanes_[number].group, std::move((*acceptors)[number]));
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

base::Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options, Handler handler,
                                                   const base::Clock& clock, Finish finish) {
    if (options.thread_count == 0) {
        return base::Failure{base::FailureKind::invalid, "a server needs at least one thread"};
    }
    auto server =
        std::make_unique<ThreadedServer>(options, std::move(handler), clock, std::move(finish));
    const base::Result<void> bound = server->bind();
    if (!bound) return bound.failure();
    server->start();
    return std::unique_ptr<Server>(std::move(server));
}

base::Result<void> Server::look_at(const ServerOptions& options) {
    return Listener::look_at(options);
}

}  // namespace dibs::http
