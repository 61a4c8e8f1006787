// Goal: a connection goes to the first host that serves, in time, and a URL that is wrong is told
// without its password.
// Method: URLs with hosts that are frozen, closed or real; a role with a password; TLS with a
// certificate of the test's own.

#include "database/postgres_opening.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/ensure.h"
#include "database/postgres_connection.h"
#include "support/child_process.h"
#include "support/moments.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "unit/database/deadline.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// Takes connections, because the kernel does, and never says a word; or, closed, takes none.
class SilentHost {
public:
    SilentHost() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        base::ensure(bind(socket_, generic, size) == 0 && listen(socket_, 16) == 0 &&
                         getsockname(socket_, generic, &size) == 0,
                     "a port can be listened on");
        port_ = ntohs(address.sin_port);
    }
    ~SilentHost() { close_door(); }
    SilentHost(const SilentHost&) = delete;
    SilentHost& operator=(const SilentHost&) = delete;

    void close_door() {
        if (socket_ >= 0) close(socket_);
        socket_ = -1;
    }
    [[nodiscard]] std::string name() const { return fmt::format("127.0.0.1:{}", port_); }

private:
    int socket_;
    std::uint16_t port_ = 0;
};

class PostgresOpeningTest : public testing::Test {
protected:
    [[nodiscard]] std::string real_name() const {
        return fmt::format("127.0.0.1:{}", server_.port());
    }
    static std::string url_of(const std::string& hosts, const std::string& more = "") {
        return fmt::format("postgresql://postgres@{}/postgres{}", hosts, more);
    }

    test::PostgresServer& server_ = test::PostgresServer::shared();
};

TEST_F(PostgresOpeningTest, AFrozenHostTakesOnlyItsShareOfTheTime) {
    const SilentHost silent;
    auto connection =
        must(PostgresConnection::open(url_of(silent.name() + "," + real_name()), in(4s)));
    EXPECT_EQ(connection.server_parameter("application_name"), "dibs");
}

TEST_F(PostgresOpeningTest, AFrozenHostTakesNoMoreThanTheUrlAllows) {
    const SilentHost silent;
    const auto begun = base::SteadyInstant::clock::now();
    must(PostgresConnection::open(url_of(silent.name() + "," + real_name(), "?connect_timeout=1"),
                                  in(60s)));
    EXPECT_LT(base::SteadyInstant::clock::now() - begun, 20s);
}

TEST_F(PostgresOpeningTest, AClosedHostIsPassedOver) {
    SilentHost closed;
    closed.close_door();
    must(PostgresConnection::open(url_of(closed.name() + "," + real_name()), in(10s)));
}

TEST_F(PostgresOpeningTest, AFrozenHostIsNotAskedFirstOnceAnotherServed) {
    const SilentHost silent;
    const std::string url = url_of(silent.name() + "," + real_name(), "?connect_timeout=1");
    ServingHost host;
    must(PostgresConnection::open(url, in(60s), &host));
    const auto begun = base::SteadyInstant::clock::now();
    must(PostgresConnection::open(url, in(60s), &host));
    EXPECT_LT(base::SteadyInstant::clock::now() - begun, 1s);
}

TEST_F(PostgresOpeningTest, TheHostsBeforeTheOneThatServedLastAreAskedToo) {
    SilentHost closed;
    closed.close_door();
    ServingHost host;
    host.place = 1;
    must(PostgresConnection::open(url_of(real_name() + "," + closed.name()), in(10s), &host));
    EXPECT_EQ(host.place, 0U);
}

TEST_F(PostgresOpeningTest, EveryHostSaysWhyItDoesNotServe) {
    SilentHost closed;
    closed.close_door();
    const SilentHost silent;
    const auto failed =
        PostgresConnection::open(url_of(closed.name() + "," + silent.name()), in(100ms));
    EXPECT_EQ(kind_of(failed), FailureKind::unavailable);
    EXPECT_THAT(failed.failure().what, HasSubstr("Connection refused"));
    EXPECT_THAT(failed.failure().what, HasSubstr("no answer in time from 127.0.0.1"));
}

TEST_F(PostgresOpeningTest, AServerThatOnlyReadsDoesNotServe) {
    const std::string reading = server_.fresh_database();
    server_.psql("ALTER DATABASE " + reading.substr(reading.rfind('/') + 1) +
                 " SET default_transaction_read_only = on");
    EXPECT_EQ(kind_of(PostgresConnection::open(reading, in(10s))), FailureKind::unavailable);
    must(PostgresConnection::open(reading + "?target_session_attrs=any", in(10s)));
    must(PostgresConnection::open(reading + "?target_session_attrs=read-only", in(10s)));
    must(PostgresConnection::open(reading + "?target_session_attrs=prefer-standby", in(10s)));
}

TEST_F(PostgresOpeningTest, TheUrlOverrulesTheDefaults) {
    const auto connection = must(PostgresConnection::open(
        url_of(real_name(), "?application_name=somebody&client_encoding=LATIN1"), in(10s)));
    EXPECT_EQ(connection.server_parameter("application_name"), "somebody");
    EXPECT_EQ(connection.server_parameter("client_encoding"), "LATIN1");
}

TEST_F(PostgresOpeningTest, AUnixSocketWillDo) {
    must(PostgresConnection::open(server_.socket_url(), in(10s)));
}

TEST_F(PostgresOpeningTest, WhatIsNotThereIsInvalid) {
    const auto no_database = PostgresConnection::open(server_.url("nowhere"), in(10s));
    EXPECT_EQ(kind_of(no_database), FailureKind::invalid);
    EXPECT_EQ(no_database.failure().what,
              "PostgreSQL: database \"nowhere\" does not exist (3D000)");
    EXPECT_EQ(kind_of(PostgresConnection::open(
                  fmt::format("postgresql://nobody@{}/postgres", real_name()), in(10s))),
              FailureKind::invalid);
}

TEST_F(PostgresOpeningTest, APasswordIsAskedForAndNeverTold) {
    server_.psql("CREATE ROLE guarded LOGIN PASSWORD 'kept secret' IN ROLE locked");
    const auto open_with = [&](std::string_view password) {
        return PostgresConnection::open(
            fmt::format("postgresql://guarded{}@{}/postgres", password, real_name()), in(10s));
    };
    EXPECT_TRUE(open_with(":kept%20secret"));
    const auto wrong = open_with(":hunter2");
    EXPECT_EQ(kind_of(wrong), FailureKind::invalid);
    EXPECT_THAT(wrong.failure().what, HasSubstr("28P01"));
    EXPECT_THAT(wrong.failure().what, Not(HasSubstr("hunter2")));
    EXPECT_EQ(kind_of(open_with("")), FailureKind::invalid);
}

TEST_F(PostgresOpeningTest, AUrlThatIsNoneIsInvalidAndItsPasswordIsNotTold) {
    for (const std::string url :
         {"", "hunter2", "sqlite:hunter2", "host=127.0.0.1 password=hunter2",
          "postgresql://me:hun%ter2@127.0.0.1/a", "postgresql://me:a/hunter2@127.0.0.1/a",
          "postgresql://me:a?hunter2@127.0.0.1/a", "postgresql://me:a@hunter2@127.0.0.1/a",
          "postgresql://me:hunter2@127.0.0.1/a?no_such=thing",
          "postgresql://me:hunter2@127.0.0.1/a?hostaddr=127.0.0.1,127.0.0.2"}) {
        const auto failed = PostgresConnection::open(url, in(1s));
        EXPECT_EQ(kind_of(failed), FailureKind::invalid) << url;
        EXPECT_THAT(failed.failure().what, Not(HasSubstr("hunter2")));
    }
}

TEST_F(PostgresOpeningTest, MegabytesGoBothWaysOverTls) {
    // A server of its own, because TLS needs a certificate when it starts.
    const test::TemporaryDirectory directory;
    const std::string key = directory.file("key");
    const std::string certificate = directory.file("certificate");
    const auto made = test::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                         "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                                         "/CN=localhost", "-keyout", key, "-out", certificate});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    test::PostgresServer server;
    server.use_tls(key, certificate);
    auto connection = must(PostgresConnection::open(server.url() + "?sslmode=require", in(10s)));
    constexpr std::size_t size = 2'000'000;
    const std::vector<PostgresStatement> batch(
        3, PostgresStatement{"SELECT $1::text", {std::string(size, 'x')}});
    for (const PostgresRows& rows : must(connection.exchange(batch, in(60s)))) {
        EXPECT_EQ(rows.text(0, 0).size(), size);
    }
}

}  // namespace
}  // namespace dibs::database
