// Goal: nobody holds a connection by being slow, and nobody who waits for us is hurried.
// Method: a clock that the test moves; the server looks at it twice a second. What must not expire
// is proved by a second connection that does.

#include <gtest/gtest.h>

#include "http/connection_group.h"
#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using std::chrono::milliseconds;
using test::get;
using test::Wire;

class Deadlines : public testing::Test {
protected:
    Deadlines() : server_(test::open(options(), held_.handler(), clock_)) {}

    static ServerOptions options() {
        ServerOptions options;
        options.header_timeout = milliseconds(10'000);
        options.body_timeout = milliseconds(20'000);
        options.idle_timeout = milliseconds(75'000);
        options.write_timeout = milliseconds(20'000);
        return options;
    }

    [[nodiscard]] Loop& loop() { return *server_->loops().front(); }

    /// Connects, and waits until the server has taken the connection.
    Wire connect(std::optional<int> receive_buffer_bytes = std::nullopt) {
        const std::uint64_t before = server_->counts().connections_accepted;
        Wire client(server_->port(), receive_buffer_bytes);
        EXPECT_TRUE(test::eventually(
            loop(), [&] { return server_->counts().connections_accepted > before; }));
        return client;
    }

    /// Sends, and waits until the server has read it.
    void send_and_settle(Wire& client, std::string_view bytes) {
        ASSERT_TRUE(client.send(bytes));
        // What a turn of the reactor finds readable is read in that turn, before what is posted
        // while it lasts; two turns are enough, whichever comes first.
        test::catch_up_with(loop());
        test::catch_up_with(loop());
    }

    test::ManualClock clock_;
    test::HeldReplies held_;
    std::unique_ptr<Server> server_;
};

TEST_F(Deadlines, EndASlowHeaderHoweverItTrickles) {
    Wire client = connect();
    send_and_settle(client, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 9; ++i) {
        clock_.advance(milliseconds(1'000));
        send_and_settle(client, "X: y\r\n");
    }
    EXPECT_TRUE(client.is_silent());
    clock_.advance(milliseconds(1'000));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(test::status_of(answer), 408);
    EXPECT_NE(answer.find("\"code\":\"request-timeout\""), std::string::npos);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_EQ(server_->counts().timed_out, 1U);
    EXPECT_EQ(server_->counts().malformed, 0U);
}

TEST_F(Deadlines, EndASlowBodyHoweverItTrickles) {
    Wire client = connect();
    send_and_settle(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 19; ++i) {
        clock_.advance(milliseconds(1'000));
        send_and_settle(client, "b");
    }
    EXPECT_TRUE(client.is_silent());
    clock_.advance(milliseconds(1'000));
    EXPECT_EQ(test::status_of(client.read_to_end()), 408);
    EXPECT_EQ(server_->counts().timed_out, 1U);
}

TEST_F(Deadlines, CloseAnIdleConnectionWithoutAWord) {
    Wire fresh = connect();
    Wire used = connect();
    ASSERT_TRUE(used.send(get("/")));
    held_.wait_for(1);
    held_.answer_all(loop(), "");
    EXPECT_EQ(test::status_of(used.read_answer()), 200);
    test::catch_up_with(loop());
    clock_.advance(milliseconds(75'000));
    EXPECT_EQ(fresh.read_to_end(), "");
    EXPECT_EQ(used.read_to_end(), "");
    EXPECT_EQ(server_->counts().timed_out, 0U);
}

TEST_F(Deadlines, NeverEndARequestThatWaitsForUs) {
    Wire patient = connect();
    ASSERT_TRUE(patient.send(get("/")));
    held_.wait_for(1);
    Wire idle = connect();
    send_and_settle(idle, "GET / HTTP/1.1\r\n");
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(test::status_of(idle.read_to_end()), 408);
    EXPECT_TRUE(patient.is_silent());
    held_.answer_all(loop(), "at last");
    EXPECT_EQ(test::body_of(patient.read_answer()), "at last");
}

TEST_F(Deadlines, CutAClientThatDoesNotTakeItsAnswer) {
    Wire client = connect(4096);
    ASSERT_TRUE(client.send(get("/")));
    held_.wait_for(1);
    held_.answer_all(loop(), std::string(16 * 1024 * 1024, 'x'));
    test::catch_up_with(loop());
    clock_.advance(milliseconds(20'000));
    ASSERT_TRUE(test::eventually(loop(), [&] { return server_->counts().timed_out == 1; }));
    EXPECT_LT(client.read_to_end().size(), 16U * 1024 * 1024);
    EXPECT_TRUE(client.was_reset());
}

TEST_F(Deadlines, GiveEachRequestItsOwnTime) {
    Wire client = connect();
    for (int i = 0; i < 3; ++i) {
        send_and_settle(client, "GET / HTTP/1.1\r\n");
        clock_.advance(milliseconds(9'000));
        ASSERT_TRUE(client.send("Host: a\r\n\r\n"));
        held_.wait_for(1);
        held_.answer_all(loop(), "in time");
        EXPECT_EQ(test::body_of(client.read_answer()), "in time");
    }
    EXPECT_EQ(server_->counts().timed_out, 0U);
}

/// Goes off when its time is over.
class Bell final : public Deadline {
public:
    void expire() override { ++rung; }
    int rung = 0;
};

TEST(DeadlineQueue, ExpiresThoseWhoseTimeIsOverAndOnlyOnce) {
    const base::SteadyInstant start{};
    DeadlineQueue queue(milliseconds(10));
    Bell early;
    Bell late;
    queue.add(early, start);
    queue.add(late, start + milliseconds(5));
    queue.sweep(start + milliseconds(9));
    EXPECT_EQ(early.rung, 0);
    queue.sweep(start + milliseconds(10));
    EXPECT_EQ(early.rung, 1);
    EXPECT_EQ(late.rung, 0);
    queue.sweep(start + milliseconds(20));
    EXPECT_EQ(early.rung, 1);
    EXPECT_EQ(late.rung, 1);
}

TEST(DeadlineQueue, ForgetsWhatIsDestroyedOrMovedOn) {
    const base::SteadyInstant start{};
    DeadlineQueue queue(milliseconds(10));
    DeadlineQueue other(milliseconds(100));
    Bell moved;
    Bell all_moved;
    {
        Bell gone;
        queue.add(gone, start);
        queue.add(moved, start);
        queue.add(all_moved, start);
    }
    other.add(moved, start);
    queue.move_all_to(other, start + milliseconds(50));
    queue.sweep(start + milliseconds(1'000));
    EXPECT_EQ(moved.rung + all_moved.rung, 0);
    other.sweep(start + milliseconds(100));
    EXPECT_EQ(moved.rung, 1);
    EXPECT_EQ(all_moved.rung, 0);
    other.sweep(start + milliseconds(150));
    EXPECT_EQ(all_moved.rung, 1);
}

}  // namespace
}  // namespace dibs::http
