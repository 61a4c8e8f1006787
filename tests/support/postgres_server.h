#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "support/temporary_directory.h"

namespace dibs::test {

/// A PostgreSQL of the test's own: a fresh cluster in a temporary directory, on a free port of the
/// loopback and on a Unix socket. It is the machine's newest, and runs as the user `postgres` where
/// the test is root, because PostgreSQL won't be run by root. It goes with the test, even with one
/// that dies.
///
/// What can't be done ends the test with the reason (it throws). Used by one thread at a time.
class PostgresServer {
public:
    enum class Disk : std::uint8_t {
        fast,    ///< Nothing is synced: what the machine loses with its power is lost.
        synced,  ///< As an operator's.
    };

    /// Makes a cluster and starts it; a second or two. `settings` are lines for `postgresql.conf`.
    /// `in`: where its directory is made, for whom a sync must be one; the server's user must get
    /// there.
    explicit PostgresServer(
        Disk disk = Disk::fast, const std::vector<std::string>& settings = {},
        const std::filesystem::path& in = std::filesystem::temp_directory_path());
    ~PostgresServer();

    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    /// One for all tests of this process, started when it is first asked for. Whoever stops or
    /// changes it sees to it that it is as before afterwards. Ask from the main thread: the server
    /// ends with the thread that started it.
    [[nodiscard]] static PostgresServer& shared();

    /// Of a database, over the loopback. Everybody is let in without a password, but the members of
    /// the role `locked`.
    [[nodiscard]] std::string url(std::string_view database = "postgres") const;
    /// The same over the Unix socket.
    [[nodiscard]] std::string socket_url(std::string_view database = "postgres") const;
    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// From here on it takes TLS, too, with this key and certificate (paths).
    void use_tls(const std::string& key, const std::string& certificate);

    /// The URL of a new, empty database.
    [[nodiscard]] std::string fresh_database();

    /// The URL of a new, empty schema: as good as a database to whoever keeps a store there, and
    /// made in a tenth of the time.
    [[nodiscard]] std::string fresh_schema() { return fresh_schemas(1).front(); }
    /// Of several, made by one psql: starting one costs more than the schemas do.
    [[nodiscard]] std::vector<std::string> fresh_schemas(int count);

    /// Runs SQL through psql, and gives its rows: one a line, `|` between the columns.
    std::string psql(std::string_view sql) const { return psql(url(), sql); }
    std::string psql(const std::string& url, std::string_view sql) const;

    /// Shuts down as an operator would: open transactions are rolled back.
    void stop();
    /// Starts it on the same port, and waits until it takes connections.
    void start();
    void restart() {
        stop();
        start();
    }

    /// Ends all its processes by SIGKILL, and waits until they are gone.
    void kill();

    /// Freezes all its processes, while the kernel goes on answering for them; and thaws them.
    void pause();
    void resume();

private:
    void make_cluster(Disk disk, const std::vector<std::string>& settings);
    [[nodiscard]] std::string program(std::string_view name) const;
    [[nodiscard]] std::string owner_file() const;
    /// The main process and its children, the main process first.
    [[nodiscard]] std::vector<pid_t> processes() const;
    void signal_all(int signal) const;
    void end_by(int signal);
    void remove_left_memory() const;

    TemporaryDirectory directory_;
    std::string programs_;  ///< The directory of `postgres`, `initdb`, `psql`.
    std::string cluster_;
    std::uint16_t port_ = 0;
    pid_t id_ = -1;  ///< Of the main process; -1: none.
    bool is_paused_ = false;
    int database_count_ = 0;
    int schema_count_ = 0;
};

}  // namespace dibs::test
