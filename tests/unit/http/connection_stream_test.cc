// Goal: a streamed body arrives whole or recognisably not at all, is made no faster than it is
// taken, and its source is let go when nobody listens any more.
// Method: sources that the test steers piece by piece, from the loop's thread and from others.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using test::get;
using test::Wire;

Response streaming(NextChunk source) {
    Response response;
    response.content_type = "text/csv";
    response.stream = std::move(source);
    return response;
}

/// Gives `pieces` one after another, at once.
NextChunk all_of(std::vector<std::string> pieces) {
    return [pieces = std::move(pieces), next = std::size_t{0}](TakeChunk take) mutable {
        const std::size_t at = next++;
        take(Chunk{pieces[at], at + 1 == pieces.size(), false});
    };
}

/// A source whose pieces the test gives, and which notes when it is asked and when it is let go.
class SteeredSource {
public:
    [[nodiscard]] NextChunk source() {
        // Destroyed with the last copy of the source.
        const std::shared_ptr<void> guard(nullptr, [this](void*) {
            state_.with([](State& state) { state.is_released = true; });
            state_.notify_all();
        });
        return [this, guard](TakeChunk take) {
            state_.with([&](State& state) {
                ++state.asked;
                state.take = std::move(take);
            });
            state_.notify_all();
        };
    }

    /// Waits to be asked for a piece.
    TakeChunk wait_until_asked() {
        return state_.wait_until(
            std::chrono::steady_clock::now() + test::patience,
            [](const State& state) { return static_cast<bool>(state.take); },
            [](State& state) { return std::exchange(state.take, nullptr); });
    }

    /// What it was asked with, if it was by now.
    TakeChunk take_if_asked() {
        return state_.with([](State& state) { return std::exchange(state.take, nullptr); });
    }

    /// Waits until nobody holds the source any more; false if somebody keeps it.
    bool wait_until_released() {
        return state_.wait_until(
            std::chrono::steady_clock::now() + test::patience,
            [](const State& state) { return state.is_released; },
            [](const State& state) { return state.is_released; });
    }

    int asked() {
        return state_.with([](const State& state) { return state.asked; });
    }

private:
    struct State {
        TakeChunk take;
        int asked = 0;
        bool is_released = false;
    };
    base::Guarded<State> state_;
};

std::unique_ptr<Server> serving(SteeredSource& source) {
    return test::open(
        {}, [&source](const Request&, Reply reply) { reply.send(streaming(source.source())); });
}

TEST(Stream, ComesInChunks) {
    const auto server = test::open({}, [](const Request&, Reply reply) {
        reply.send(streaming(all_of({"first,", "", "a second one of 26 bytes\n\n", "end"})));
    });
    Wire client(server->port());
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(client.send(get("/")));
        ASSERT_TRUE(client.read_until("\r\n0\r\n\r\n"));
        const std::string answer = client.read_answer(false);
        EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
        EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
        const std::string chunks =
            "6\r\nfirst,\r\n1a\r\na second one of 26 bytes\n\n\r\n3\r\nend\r\n0\r\n\r\n";
        EXPECT_EQ(client.take_unread(chunks.size()), chunks);
    }
    EXPECT_EQ(server->counts().connections_accepted, 1U);
}

TEST(Stream, EndsWithTheConnectionForHttp10) {
    const auto server = test::open({}, [](const Request&, Reply reply) {
        reply.send(streaming(all_of({"first,", "second"})));
    });
    Wire client(server->port());
    ASSERT_TRUE(client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const std::string answer = client.read_to_end();
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(test::body_of(answer), "first,second");
    EXPECT_FALSE(client.was_reset());
}

TEST(Stream, IsNotAskedForHead) {
    SteeredSource source;
    const auto server = serving(source);
    Wire client(server->port());
    ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string answer = client.read_answer(false);
    EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_TRUE(source.wait_until_released());
    EXPECT_EQ(source.asked(), 0);
    EXPECT_TRUE(client.is_silent());
}

TEST(Stream, TakesPiecesFromAnyThread) {
    SteeredSource source;
    const auto server = serving(source);
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/") + get("/")));
    for (int answer = 0; answer < 2; ++answer) {
        for (int piece = 0; piece < 50; ++piece) {
            source.wait_until_asked()(Chunk{"x", piece == 49, false});
        }
    }
    std::string chunks;
    for (int piece = 0; piece < 50; ++piece) chunks += "1\r\nx\r\n";
    chunks += "0\r\n\r\n";
    for (int answer = 0; answer < 2; ++answer) {
        ASSERT_TRUE(client.read_until("0\r\n\r\n"));
        client.read_answer(false);
        ASSERT_TRUE(client.read_until("0\r\n\r\n"));
        EXPECT_EQ(client.take_unread(chunks.size()), chunks);
    }
}

TEST(Stream, IsMadeNoFasterThanItIsTaken) {
    constexpr std::size_t piece_size = 1024 * 1024;
    constexpr int pieces = 64;
    std::atomic<int> asked = 0;
    const auto server = test::open({}, [&](const Request&, Reply reply) {
        reply.send(streaming([&](TakeChunk take) {
            take(Chunk{std::string(piece_size, 'x'), ++asked == pieces, false});
        }));
    });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    // The source is asked until the kernel's buffers are full, and then no more: the loop does
    // nothing else, so once it has nothing to do the number stands.
    for (int turn = 0; turn < 1'000; ++turn) test::catch_up_with(*server->loops().front());
    const int asked_before = asked;
    EXPECT_LT(asked_before, pieces / 2);
    ASSERT_TRUE(client.read_until("\r\n0\r\n\r\n"));
    EXPECT_EQ(asked, pieces);
}

TEST(Stream, CutsTheConnectionWhenItsSourceFails) {
    for (const std::string& request : {get("/"), std::string("GET / HTTP/1.0\r\n\r\n")}) {
        const auto server = test::open({}, [](const Request&, Reply reply) {
            reply.send(streaming([is_first = true](TakeChunk take) mutable {
                take(Chunk{"part", false, !std::exchange(is_first, false)});
            }));
        });
        Wire client(server->port());
        ASSERT_TRUE(client.send(request));
        const std::string answer = client.read_to_end();
        EXPECT_EQ(answer.find("\r\n0\r\n"), std::string::npos);
        EXPECT_TRUE(client.was_reset());
        server->stop(test::patience);
    }
}

TEST(Stream, CutsTheConnectionWhenItsSourceForgetsOrThrows) {
    for (const bool throws : {false, true}) {
        const auto server = test::open({}, [throws](const Request&, Reply reply) {
            reply.send(streaming([throws](TakeChunk) {
                if (throws) throw std::runtime_error("a bug of the source");
            }));
        });
        Wire client(server->port());
        ASSERT_TRUE(client.send(get("/")));
        client.read_to_end();
        EXPECT_TRUE(client.was_reset());
    }
}

TEST(Stream, LetsItsSourceGoWhenTheClientHasGone) {
    SteeredSource source;
    const auto server = serving(source);
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    TakeChunk take = source.wait_until_asked();
    client.reset();
    // The first piece after the end finds a connection that is no more; the kernel may take one.
    while (take) {
        take(Chunk{std::string(64 * 1024, 'x'), false, false});
        test::catch_up_with(*server->loops().front());
        test::catch_up_with(*server->loops().front());
        take = source.take_if_asked();
    }
    EXPECT_TRUE(source.wait_until_released());
}

TEST(Stream, LetsItsSourceGoAtTheEndOfTheServer) {
    SteeredSource source;
    auto server = serving(source);
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    TakeChunk take = source.wait_until_asked();
    server->stop(std::chrono::milliseconds(0));
    server.reset();
    EXPECT_TRUE(source.wait_until_released());
    take(Chunk{"nobody hears this", true, false});
}

}  // namespace
}  // namespace dibs::http
