#include "support/postgres_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/ensure.h"
#include "support/child_process.h"
#include "support/moments.h"

namespace dibs::test {

namespace {

using base::FailureKind;

// choice: many times what the slowest of it took on a machine that did other things as well.
constexpr auto start_max = 60s;

[[noreturn]] void stop_test_saying(std::string what) {
    stop_test({FailureKind::unavailable, std::move(what)});
}

std::string newest_programs() {
    std::string newest;
    int newest_version = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
        const int version = std::atoi(entry.path().filename().c_str());
        if (version <= newest_version || !std::filesystem::exists(entry.path() / "bin/postgres")) {
            continue;
        }
        newest_version = version;
        newest = entry.path() / "bin";
    }
    if (newest.empty()) stop_test_saying("no PostgreSQL here; `scripts/setup.sh test` installs it");
    return newest;
}

/// Whom PostgreSQL runs as: who runs the test, but for root the user that Debian made for it.
struct Account {
    bool is_other = false;
    uid_t user = 0;
    gid_t group = 0;
};

Account account_for_server() {
    if (geteuid() != 0) return {};
    const passwd* const entry = getpwnam("postgres");
    if (entry == nullptr) stop_test_saying("there is no user `postgres` to run PostgreSQL as");
    return {true, entry->pw_uid, entry->pw_gid};
}

/// Starts a program as `account`, its output going to `log`, and ends it when the test ends. Made
/// by hand because nothing that starts programs changes the user, and a change of user forgets what
/// should happen at the parent's death. Between fork and exec only what is safe there is called.
pid_t start_as(const Account& account, const std::vector<std::string>& arguments,
               const std::string& log) {
    std::vector<std::string> kept = arguments;
    std::vector<char*> pointers;
    for (std::string& argument : kept) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    base::ensure(output >= 0 && input >= 0, "a log can be opened");
    const pid_t parent = getpid();
    const pid_t child = fork();
    base::ensure(child >= 0, "this process can be forked");
    if (child == 0) {
        if (account.is_other && (setgroups(0, nullptr) != 0 || setgid(account.group) != 0 ||
                                 setuid(account.user) != 0)) {
            _exit(126);
        }
        // SIGQUIT is PostgreSQL's immediate shutdown, which takes its children along.
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (getppid() != parent) _exit(126);
        setsid();
        dup2(input, STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        execv(pointers.front(), pointers.data());
        _exit(127);
    }
    close(output);
    close(input);
    return child;
}

void reap(pid_t child) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
}

/// Waits until a process that need not be a child of this one is gone.
void wait_until_gone(pid_t id) {
    // By number, because the header of glibc 2.36 forgets that C++ may include it.
    const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, id, 0));
    if (descriptor < 0) return;  // It is.
    pollfd polled{descriptor, POLLIN, 0};
    while (poll(&polled, 1, -1) < 0 && errno == EINTR) {
    }
    close(descriptor);
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

}  // namespace

PostgresServer::PostgresServer(Disk disk, const std::vector<std::string>& settings,
                               const std::filesystem::path& in)
    : directory_(in),
      programs_(newest_programs()),
      cluster_(directory_.file("cluster")),
      port_(free_port()) {
    make_cluster(disk, settings);
    start();
    psql("CREATE ROLE locked");
}

PostgresServer::~PostgresServer() {
    resume();
    if (id_ > 0) {
        end_by(SIGQUIT);
    } else {
        remove_left_memory();
    }
}

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

void PostgresServer::make_cluster(Disk disk, const std::vector<std::string>& settings) {
    const Account account = account_for_server();
    if (account.is_other) {
        base::ensure(chown(directory_.path().c_str(), account.user, account.group) == 0,
                     "root can give a directory away");
    }
    const std::string log = directory_.file("initdb.log");
    const pid_t maker = start_as(account,
                                 {program("initdb"), "-D", cluster_, "-U", "postgres", "-A",
                                  "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                                 log);
    reap(maker);
    if (!std::filesystem::exists(cluster_ + "/global/pg_control")) stop_test_saying(read_file(log));

    std::ofstream configuration(cluster_ + "/postgresql.conf", std::ios::app);
    configuration << "listen_addresses = '127.0.0.1'\n"
                  << "port = " << port_ << "\n"
                  << "unix_socket_directories = '" << directory_.path().string()
                  << "'\n"
                  // Files of the cluster, which go with it however the server ends.
                  << "dynamic_shared_memory_type = mmap\n"
                  << "shared_buffers = 32MB\n";
    if (disk == Disk::fast) configuration << "fsync = off\nfull_page_writes = off\n";
    for (const std::string& line : settings) configuration << line << "\n";
    write_file(cluster_ + "/pg_hba.conf",
               "local all all trust\n"
               "host all +locked 127.0.0.1/32 scram-sha-256\n"
               "host all all 127.0.0.1/32 trust\n"
               "host replication all 127.0.0.1/32 trust\n");
}

std::string PostgresServer::program(std::string_view name) const {
    return fmt::format("{}/{}", programs_, name);
}

std::string PostgresServer::owner_file() const {
    return cluster_ + "/postmaster.pid";
}

std::string PostgresServer::url(std::string_view database) const {
    return fmt::format("postgresql://postgres@127.0.0.1:{}/{}", port_, database);
}

std::string PostgresServer::socket_url(std::string_view database) const {
    return fmt::format("postgresql://postgres@/{}?host={}&port={}", database,
                       directory_.path().string(), port_);
}

std::string PostgresServer::fresh_database() {
    const std::string name = fmt::format("fresh_{}", ++database_count_);
    psql(fmt::format("CREATE DATABASE {}", name));
    return url(name);
}

std::vector<std::string> PostgresServer::fresh_schemas(int count) {
    std::vector<std::string> urls;
    std::string script;
    for (int i = 0; i < count; ++i) {
        const std::string name = fmt::format("schema_{}", ++schema_count_);
        script += fmt::format("CREATE SCHEMA {};", name);
        urls.push_back(fmt::format("{}?options=-csearch_path%3D{}", url(), name));
    }
    psql(script);
    return urls;
}

void PostgresServer::use_tls(const std::string& key, const std::string& certificate) {
    // Its own copies: it reads no key that anybody else could read.
    const Account account = account_for_server();
    for (const auto& [from, name] : {std::pair(key, "server.key"), {certificate, "server.crt"}}) {
        const std::string to = fmt::format("{}/{}", cluster_, name);
        write_file(to, read_file(from));
        base::ensure(chmod(to.c_str(), 0600) == 0, "a file's permissions can be set");
        if (!account.is_other) continue;
        base::ensure(chown(to.c_str(), account.user, account.group) == 0,
                     "root can give a file away");
    }
    psql("ALTER SYSTEM SET ssl = on");
    restart();
}

std::string PostgresServer::psql(const std::string& url, std::string_view sql) const {
    auto finished =
        run_program({program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url}, sql);
    if (finished.exit_code != 0) stop_test_saying(finished.err);
    if (finished.out.ends_with('\n')) finished.out.pop_back();
    return finished.out;
}

void PostgresServer::start() {
    const std::string log = directory_.file("server.log");
    id_ = start_as(account_for_server(), {program("postgres"), "-D", cluster_}, log);
    const auto latest = std::chrono::steady_clock::now() + start_max;
    while (true) {
        // The first line of its file is its process, the eighth becomes "ready".
        const auto lines = lines_of(owner_file());
        if (lines.size() >= 8 && lines[0] == std::to_string(id_) && lines[7].starts_with("ready")) {
            return;
        }
        const bool has_ended = waitpid(id_, nullptr, WNOHANG) != 0;
        if (has_ended) id_ = -1;
        if (has_ended || std::chrono::steady_clock::now() > latest) {
            stop_test_saying(read_file(log));
        }
        static_cast<void>(poll(nullptr, 0, 10));
    }
}

void PostgresServer::stop() {
    resume();
    end_by(SIGINT);
}

void PostgresServer::kill() {
    end_by(SIGKILL);
}

void PostgresServer::end_by(int signal) {
    const auto ended = processes();
    if (signal == SIGKILL) {
        signal_all(SIGKILL);
    } else {
        ::kill(id_, signal);
    }
    reap(id_);
    for (const pid_t process : ended) {
        if (process != id_) wait_until_gone(process);
    }
    id_ = -1;
    is_paused_ = false;
}

void PostgresServer::pause() {
    signal_all(SIGSTOP);
    is_paused_ = true;
}

void PostgresServer::resume() {
    if (is_paused_) signal_all(SIGCONT);
    is_paused_ = false;
}

std::vector<pid_t> PostgresServer::processes() const {
    std::vector<pid_t> found{id_};
    std::istringstream children(read_file(fmt::format("/proc/{}/task/{}/children", id_, id_)));
    for (pid_t child = 0; children >> child;) found.push_back(child);
    return found;
}

void PostgresServer::signal_all(int signal) const {
    // The main process first: it makes the others, and takes the death of one for a crash.
    for (const pid_t process : processes()) ::kill(process, signal);
}

void PostgresServer::remove_left_memory() const {
    // A server that was killed leaves the little segment by which the next one would know that it
    // is gone. The seventh line names it: its key and its id.
    const auto lines = lines_of(owner_file());
    if (lines.size() < 7) return;
    std::istringstream words(lines[6]);
    long key = 0;
    int id = 0;
    if (words >> key >> id) shmctl(id, IPC_RMID, nullptr);
}

}  // namespace dibs::test
