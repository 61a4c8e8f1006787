// The textbook's service: our own HTTP server, a pool of threads that each take a connection to
// PostgreSQL, and the row lock's flow for each request.
//
//   rival_service URL   serves `POST /api/v1/coupons/{couponId}/me` on a free port of the loopback,
//                       which its log names, until it is told to end; the tables must be there
//
// Users are named by the trusted header, as they are to the service that it is compared with.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/shutdown.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/number.h"
#include "base/workers.h"
#include "http/bound_sockets.h"
#include "http/problem.h"
#include "http/router.h"
#include "http/server.h"
#include "rivals/plain_tables.h"

namespace dibs::bench {

namespace {

using database::PostgresConnection;

// choice: as many as the store's goal has clients; more only wait for the coupon's lock.
constexpr std::size_t connection_count = 32;
// choice: more than a bench has connections.
constexpr std::size_t waiting_max = 10'000;
constexpr std::chrono::seconds drain_patience{5};

/// Connections that nobody uses now. There are as many as threads, so one is always free.
class Pool {
public:
    [[nodiscard]] base::Result<void> fill(const std::string& url) {
        for (std::size_t i = 0; i < connection_count; ++i) {
            auto connection = PostgresConnection::open(url, rival_deadline());
            if (!connection) return connection.failure();
            give_back(std::make_unique<PostgresConnection>(*std::move(connection)));
        }
        return {};
    }

    [[nodiscard]] std::unique_ptr<PostgresConnection> take() {
        return idle_.with([](Idle& idle) {
            auto connection = std::move(idle.back());
            idle.pop_back();
            return connection;
        });
    }

    void give_back(std::unique_ptr<PostgresConnection> connection) {
        idle_.with([&](Idle& idle) { idle.push_back(std::move(connection)); });
    }

private:
    using Idle = std::vector<std::unique_ptr<PostgresConnection>>;
    base::Guarded<Idle> idle_;
};

http::Response to_response(const RivalIssue& issue, std::int64_t coupon_id) {
    http::Response response;
    response.status = 201;
    response.content_type = "application/json";
    response.body = fmt::format(R"({{"id":"{0}-{1}","couponId":{0},"rank":{2},"registeredAt":")",
                                coupon_id, issue.event_id, issue.rank);
    base::append_rfc3339(response.body, base::SystemClock().now());
    response.body += R"(","status":"active"})";
    return response;
}

http::Response to_response(const base::Result<RivalIssue>& issue, std::int64_t coupon_id) {
    if (!issue) {
        return http::to_response({503, "store-unavailable", "Try again", issue.failure().what});
    }
    switch (issue->answer) {
        case RivalAnswer::issued: return to_response(*issue, coupon_id);
        case RivalAnswer::sold_out:
            return http::to_response({400, "coupon-sold-out", "Nothing is left", ""});
        case RivalAnswer::already_registered:
            return http::to_response({409, "already-registered", "You have it already", ""});
        case RivalAnswer::not_open: break;
    }
    return http::to_response({404, "coupon-not-found", "There is no such coupon now", ""});
}

/// Answers one request from a thread that may block.
http::RouteHandler issue_with(Pool& pool, base::Workers& workers) {
    return [&](const http::Request& request, const http::PathParameters& parameters,
               http::Reply reply) {
        const auto coupon_id = base::parse_integer<std::int64_t>(parameters.front());
        const auto user = request.field("x-user-id");
        if (!coupon_id || !user) {
            reply.send(http::to_response({401, "unauthorized", "Say who you are", ""}));
            return;
        }
        http::Loop& loop = reply.loop();
        const bool is_taken =
            workers.submit([&pool, &loop, id = *coupon_id, user = std::string(*user),
                            waiting = std::move(reply)]() mutable {
                auto connection = pool.take();
                auto response = to_response(row_lock.issue(*connection, id, user), id);
                pool.give_back(std::move(connection));
                loop.post([waiting = std::move(waiting), response = std::move(response)]() mutable {
                    waiting.send(std::move(response));
                });
            });
        base::ensure(is_taken, "a bench has fewer connections than may wait");
    };
}

int give_up(const base::Failure& failure) {
    base::log::error("failed", {{"what", failure.what}});
    return 1;
}

int serve(const std::string& url) {
    const app::Shutdown shutdown;
    const base::SystemClock clock;
    Pool pool;
    if (auto filled = pool.fill(url); !filled) return give_up(filled.failure());
    base::Workers workers("pool", connection_count, waiting_max);
    const http::Router router(
        {{http::Method::post, "/api/v1/coupons/{couponId}/me", issue_with(pool, workers)}});
    http::ServerOptions options;
    options.thread_count = std::thread::hardware_concurrency();  // As `dibs serve` has.
    auto sockets = http::BoundSockets::bind(options);
    if (!sockets) return give_up(sockets.failure());
    const auto server = http::Server::open(
        *std::move(sockets),
        [&router](const http::Request& request, http::Reply reply) {
            router.handle(request, std::move(reply));
        },
        clock);
    if (!server) return give_up(server.failure());
    const std::string address = fmt::format("{}:{}", options.host, (*server)->port());
    // Whoever starts a service waits for both of its listeners; this one has no operators.
    base::log::info("listening", {{"listener", "public"}, {"address", address}});
    base::log::info("listening", {{"listener", "operators"}, {"address", address}});
    static_cast<void>(shutdown.wait());
    (*server)->stop(drain_patience);
    workers.stop();
    return 0;
}

}  // namespace

}  // namespace dibs::bench

int main(int argument_count, char** arguments) {
    if (argument_count != 2) {
        fmt::print(stderr, "rival_service URL\n");
        return 2;
    }
    return dibs::bench::serve(arguments[1]);
}
