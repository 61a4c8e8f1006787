// What a request costs the HTTP layer alone: a server whose handler does nothing.
//
//   http_noop            asks itself some requests over one connection, says what they cost, ends
//   http_noop PORT       serves on PORT until standard input ends, then says what was spent; drive
//                        it with `wrk -t1 -c64 -d10 http://127.0.0.1:PORT/`
//
// `/` is answered within the handler; `/later` from the loop's mailbox, as a group commit does.
// The cost is the HTTP thread's own processor time, so that the driver's share doesn't count.

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/number.h"
#include "http/bound_sockets.h"
#include "http/client.h"
#include "http/server.h"

namespace {

using dibs::http::Reply;
using dibs::http::Request;
using dibs::http::Response;

// Choice: enough for a figure that repeats within a few per cent, and over in half a second.
constexpr int own_requests = 10'000;

Response small_answer() {
    Response response;
    response.status = 201;
    response.content_type = "application/json";
    response.body = R"({"id":"42-1018","couponId":42,"rank":1017,"status":"active"})";
    return response;
}

/// Replies that wait for the mailbox. Used on the loop's thread only.
class Later {
public:
    void add(Reply reply) {
        replies_.push_back(std::move(reply));
        if (replies_.size() > 1) return;  // A post is on its way.
        replies_.front().loop().post([this] {
            for (Reply& waiting : std::exchange(replies_, {})) waiting.send(small_answer());
        });
    }

private:
    std::vector<Reply> replies_;
};

double processor_seconds(dibs::http::Loop& loop) {
    std::promise<double> answer;
    loop.post([&answer] {
        timespec spent{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
        answer.set_value(static_cast<double>(spent.tv_sec) +
                         static_cast<double>(spent.tv_nsec) / 1e9);
    });
    return answer.get_future().get();
}

bool ask_itself(std::uint16_t port) {
    dibs::http::Client client("127.0.0.1", port, std::chrono::seconds(10));
    for (int i = 0; i < own_requests; ++i) {
        const auto response = client.request("GET", i % 2 == 0 ? "/" : "/later");
        if (!response || response->status != 201) return false;
    }
    return true;
}

int give_up(const dibs::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what);
    return 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
    const dibs::base::SystemClock clock;
    dibs::http::ServerOptions options;
    if (argument_count > 1) {
        const auto port = dibs::base::parse_integer<std::uint16_t>(arguments[1]);
        if (!port) return 2;
        options.port = *port;
    }
    Later later;
    auto sockets = dibs::http::BoundSockets::bind(options);
    if (!sockets) return give_up(sockets.failure());
    const auto opened = dibs::http::Server::open(
        *std::move(sockets),
        [&later](const Request& request, Reply reply) {
            if (request.path == "/later") {
                later.add(std::move(reply));
            } else {
                reply.send(small_answer());
            }
        },
        clock);
    if (!opened) return give_up(opened.failure());
    dibs::http::Server& server = **opened;
    if (argument_count > 1) {
        while (std::getchar() != EOF) {
        }
    } else if (!ask_itself(server.port())) {
        fmt::print(stderr, "a request was not answered\n");
        return 1;
    }
    const auto requests = static_cast<double>(server.counts().requests);
    const double seconds = processor_seconds(*server.loops().front());
    fmt::print("{} requests, {:.3f} s of the HTTP thread, {:.3f} s per 100,000 requests\n",
               requests, seconds, requests > 0 ? seconds / requests * 100'000 : 0.0);
    server.stop(std::chrono::seconds(5));
    return 0;
}
