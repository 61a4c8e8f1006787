// Goal: nothing is waited for, or gone on with, beyond the deadline. Method: let the time be over
// before the call, and let bytes be there all the same.

#include "http/timed_socket.h"

#include <gtest/gtest.h>

#include "unit/http/serving.h"

namespace dibs::http {
namespace {

using base::FailureKind;

TEST(TimedSocket, ReceivesNothingAfterItsDeadlineEvenIfItIsThere) {
    const auto server = test::open({}, test::echo_path);
    TimedSocket socket("127.0.0.1", server->port());
    socket.allow(test::patience);
    ASSERT_TRUE(socket.connect().is_ok());
    ASSERT_TRUE(socket.send(test::get("/there")).is_ok());
    ASSERT_TRUE(test::eventually(*server->loops().front(),
                                 [&] { return !socket.is_connected_and_quiet(); }));
    std::string bytes;
    socket.allow(std::chrono::milliseconds(0));
    const auto late = socket.receive(bytes);
    ASSERT_FALSE(late.is_ok());
    EXPECT_EQ(late.failure().kind, FailureKind::expired);
    EXPECT_EQ(bytes, "");

    socket.allow(test::patience);
    const auto received = socket.receive(bytes);
    ASSERT_TRUE(received.is_ok());
    EXPECT_TRUE(*received);
    EXPECT_EQ(test::body_of(bytes), "/there");
}

TEST(TimedSocket, SendsNoLongerThanItsTimeToAPeerThatDoesNotRead) {
    test::HeldReplies held;
    const auto server = test::open({}, held.handler());
    TimedSocket socket("127.0.0.1", server->port());
    socket.allow(std::chrono::milliseconds(100));
    ASSERT_TRUE(socket.connect().is_ok());
    // The first request is held, so nothing behind it is read.
    const auto sent = socket.send(test::get("/") + std::string(64 * 1024 * 1024, 'x'));
    ASSERT_FALSE(sent.is_ok());
    EXPECT_EQ(sent.failure().kind, FailureKind::expired);
    socket.close();
    held.wait_for(1);
    held.drop_all(*server->loops().front());
}

}  // namespace
}  // namespace dibs::http
