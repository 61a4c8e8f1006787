// Goal: whatever the other side does, every request is accounted for: answered, unanswered with its
// user's name kept, or never sent; and none is sent twice. Method: toy servers that break, stall,
// talk nonsense or are not there.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/guarded.h"
#include "base/named_thread.h"
#include "rehearsal/crowd.h"
#include "support/toy_server.h"
#include "support/toy_shop.h"
#include "unit/rehearsal/crowd_run.h"

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;
using support::toy_response;
using support::ToyAnswer;
using support::ToyServer;

CrowdOptions crowd_at(std::uint16_t port, std::uint32_t users, std::size_t connections) {
    CrowdOptions options;
    options.port = port;
    options.user_count = users;
    options.connection_count = connections;
    options.settling_time = milliseconds(0);
    options.identity = [](std::string_view user) { return "X-User-Id: " + std::string(user); };
    return options;
}

/// Counts the requests of each user.
class Register {
public:
    int enter(std::string_view head) {
        return seen_.with(
            [&](auto& seen) { return ++seen[support::toy_field(head, "X-User-Id")]; });
    }
    [[nodiscard]] std::size_t users() const {
        return seen_.with([](const auto& seen) { return seen.size(); });
    }
    [[nodiscard]] bool has_nobody_twice() const {
        return seen_.with([](const auto& seen) {
            return std::ranges::all_of(seen, [](const auto& entry) { return entry.second == 1; });
        });
    }

private:
    base::Guarded<std::map<std::string, int>> seen_;
};

TEST(CrowdFaults, NeverSendARequestTwice) {
    Register seen;
    std::atomic<int> count{0};
    // Every third request loses its connection before the answer.
    ToyServer server([&](std::string_view head) {
        seen.enter(head);
        if (++count % 3 == 0) return ToyAnswer{"", ToyAnswer::Then::close};
        return ToyAnswer{toy_response("200 OK", "ok")};
    });
    const CrowdResult result = run(crowd_at(server.port(), 300, 10));
    EXPECT_EQ(result.sent, 300U);
    EXPECT_EQ(result.cut_off, 100U);
    EXPECT_EQ(result.answered(), 200U);
    EXPECT_EQ(result.unknown.size(), 100U);
    EXPECT_EQ(result.never_sent, 0U);
    EXPECT_GE(result.reconnections, 100U);
    EXPECT_EQ(seen.users(), 300U);
    EXPECT_TRUE(seen.has_nobody_twice());
}

TEST(CrowdFaults, GoOnAfterAnAnswerThatClosesTheConnection) {
    ToyServer server([](std::string_view) {
        return ToyAnswer{toy_response("200 OK", "ok", "Connection: close\r\n"),
                         ToyAnswer::Then::close};
    });
    const CrowdResult result = run(crowd_at(server.port(), 50, 5));
    EXPECT_EQ(result.answered(), 50U);
    EXPECT_EQ(result.unanswered(), 0U);
    EXPECT_GE(server.accepted(), 50U);
}

TEST(CrowdFaults, GiveUpARequestWhoseTimeIsUp) {
    ToyServer server([](std::string_view head) {
        if (head.contains("user-000003")) return ToyAnswer{};
        return ToyAnswer{toy_response("200 OK", "ok")};
    });
    CrowdOptions options = crowd_at(server.port(), 20, 4);
    options.answer_timeout = milliseconds(200);
    const CrowdResult result = run(options);
    EXPECT_EQ(result.answered(), 19U);
    EXPECT_EQ(result.timed_out, 1U);
    ASSERT_EQ(result.unknown.size(), 1U);
    EXPECT_EQ(result.unknown[0].user, "user-000003");
}

TEST(CrowdFaults, GoOnAskingAServiceThatTakesEverythingAndSaysNothing) {
    ToyServer server([](std::string_view) { return ToyAnswer{}; });
    CrowdOptions options = crowd_at(server.port(), 10, 2);
    options.answer_timeout = milliseconds(60);
    const CrowdResult result = run(options);
    EXPECT_EQ(result.timed_out, 10U);
    EXPECT_EQ(result.never_sent, 0U);
}

TEST(CrowdFaults, OpenAConnectionAgainAtOnceWhoseAnswerDidNotCome) {
    ToyServer server([](std::string_view) { return ToyAnswer{}; });
    CrowdOptions options = crowd_at(server.port(), 12, 1);
    options.answer_timeout = milliseconds(20);
    const CrowdResult result = run(options);
    ASSERT_EQ(result.unknown.size(), 12U);
    // With pauses that double to a second, the last one would leave after more than four.
    EXPECT_LT(result.unknown.back().sent_at, milliseconds(3'000));
}

TEST(CrowdFaults, TakeNoNonsenseForAnAnswer) {
    ToyServer server([](std::string_view) {
        return ToyAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"};
    });
    const CrowdResult result = run(crowd_at(server.port(), 20, 4));
    EXPECT_EQ(result.malformed, 20U);
    EXPECT_EQ(result.answered(), 0U);
    EXPECT_EQ(result.unknown.size(), 20U);
}

TEST(CrowdFaults, ReadAnAnswerThatComesInManyPieces) {
    const std::string large(600'000, 'x');
    ToyServer server([&](std::string_view) { return ToyAnswer{toy_response("200 OK", large)}; });
    const CrowdResult result = run(crowd_at(server.port(), 20, 4));
    EXPECT_EQ(result.answered(), 20U);
    EXPECT_EQ(result.malformed, 0U);
}

TEST(CrowdFaults, SayThatNobodyIsThere) {
    std::uint16_t port = 0;
    {
        const ToyServer server([](std::string_view) { return ToyAnswer{}; });
        port = server.port();
    }
    NoProgress nobody;
    CrowdOptions options = crowd_at(port, 5, 5);
    options.connect_timeout = milliseconds(200);
    const auto result = run_crowd(options, nobody, the_clock);
    ASSERT_FALSE(result.is_ok());
    EXPECT_EQ(result.failure().kind, base::FailureKind::unavailable);
    EXPECT_TRUE(result.failure().what.contains("Connection refused")) << result.failure().what;
    EXPECT_TRUE(result.failure().what.contains(std::to_string(port))) << result.failure().what;
}

TEST(CrowdFaults, RefuseOptionsThatMakeNoSense) {
    NoProgress nobody;
    CrowdOptions options;
    options.user_count = 0;
    EXPECT_EQ(run_crowd(options, nobody, the_clock).failure().kind, base::FailureKind::invalid);
    options = CrowdOptions{};
    options.host = "no.such.host.invalid";
    EXPECT_EQ(run_crowd(options, nobody, the_clock).failure().kind, base::FailureKind::invalid);
}

TEST(CrowdFaults, AccountForARequestThatWasNeverSent) {
    std::unique_ptr<ToyServer> server;
    base::Guarded<bool> is_over{false};
    // The service goes down for good after its fifth request.
    std::atomic<int> count{0};
    server = std::make_unique<ToyServer>([&](std::string_view) {
        if (++count == 5) {
            is_over.with([](bool& over) { over = true; });
            is_over.notify_all();
        }
        return ToyAnswer{toy_response("200 OK", "ok"),
                         count >= 5 ? ToyAnswer::Then::close : ToyAnswer::Then::stay};
    });
    base::NamedThread downfall("downfall", [&] {
        is_over.wait([](bool over) { return over; }, [](bool) {});
        server->stop();
    });
    CrowdOptions options = crowd_at(server->port(), 5'000, 1);
    options.answer_timeout = milliseconds(300);
    const CrowdResult result = run(options);
    EXPECT_EQ(result.answered() + result.unanswered() + result.malformed, result.sent);
    EXPECT_EQ(result.sent + result.never_sent, 5'000U);
    EXPECT_GT(result.never_sent, 0U);
    EXPECT_GE(result.answered(), 5U);
}

TEST(CrowdFaults, StopWhenToldTo) {
    std::stop_source stop;
    std::atomic<int> count{0};
    ToyServer server([&](std::string_view) {
        if (++count == 100) stop.request_stop();
        return ToyAnswer{toy_response("200 OK", "ok")};
    });
    CrowdOptions options = crowd_at(server.port(), 10, 4);
    options.mode = CrowdMode::closed_loop;
    options.requests_per_user = 0;
    options.duration = std::chrono::minutes(10);
    const CrowdResult result = run(options, stop.get_token());
    EXPECT_TRUE(result.was_stopped);
    EXPECT_GE(result.answered(), 100U);
    EXPECT_EQ(result.answered(), result.sent);
}

TEST(CrowdFaults, StopWithoutWaitingForAnswersThatNeverCome) {
    std::stop_source stop;
    ToyServer server([&](std::string_view) {
        stop.request_stop();
        return ToyAnswer{};
    });
    CrowdOptions options = crowd_at(server.port(), 10, 4);
    options.answer_timeout = std::chrono::minutes(10);
    const CrowdResult result = run(options, stop.get_token());
    EXPECT_TRUE(result.was_stopped);
    EXPECT_EQ(result.timed_out, 4U);
    EXPECT_EQ(result.never_sent, 6U);
}

TEST(CrowdFaults, StopBeforeTheStart) {
    ToyServer server([](std::string_view) { return ToyAnswer{}; });
    std::stop_source stop;
    stop.request_stop();
    NoProgress nobody;
    const auto result =
        run_crowd(crowd_at(server.port(), 10, 4), nobody, the_clock, stop.get_token());
    ASSERT_FALSE(result.is_ok());
    EXPECT_EQ(result.failure().kind, base::FailureKind::stopping);
}

/// A listener that nobody accepts from: the kernel alone opens the connections, and this process
/// needs no file for their other ends.
std::uint16_t port_of_a_kernel() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    const bool is_listening = ::bind(listener, any, size) == 0 && ::listen(listener, 1'000) == 0 &&
                              ::getsockname(listener, any, &size) == 0;
    return is_listening ? ntohs(address.sin_port) : std::uint16_t{0};
}

/// Exits with 0 if a crowd under a low limit of open files comes with fewer connections and says
/// so.
[[noreturn]] void run_with_few_files() {
    const rlimit limit{256, 256};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::_Exit(2);
    NoProgress nobody;
    CrowdOptions options = crowd_at(port_of_a_kernel(), 1'000, 1'000);
    options.answer_timeout = milliseconds(100);
    const auto result = run_crowd(options, nobody, the_clock);
    if (!result) std::_Exit(3);
    if (result->connections_open >= 256 || result->connections_open < 128) std::_Exit(4);
    if (result->connections_open != result->connections_wanted) std::_Exit(5);
    if (result->notes.size() != 1) std::_Exit(6);
    if (!result->notes[0].contains("limit of open files")) std::_Exit(7);
    std::_Exit(0);
}

TEST(CrowdFaults, SayThatTheLimitOfOpenFilesAllowsFewerConnections) {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(run_with_few_files(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace dibs::rehearsal
