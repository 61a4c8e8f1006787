#include "database/postgres_opening.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "database/postgres_failure.h"

namespace dibs::database {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;

namespace {

/// libpq's parameters by their names, as a URL gives them.
using Parameters = std::map<std::string, std::string>;

/// What holds unless the URL says otherwise.
constexpr auto defaults = std::to_array<std::pair<const char*, const char*>>({
    {"application_name", "dibs"},
    {"client_encoding", "UTF8"},
    // A standby takes no books, and after a failover the old primary may be one.
    {"target_session_attrs", "read-write"},
    // choice: a peer that is gone without a word is noticed by the kernel after three to four
    // seconds, which is before a customer gives up.
    {"tcp_user_timeout", "3000"},
    {"keepalives_idle", "2"},
    {"keepalives_interval", "1"},
    {"keepalives_count", "2"},
    // libpq keeps bytes that GSSAPI has decrypted to itself, and `poll` cannot know of them.
    {"gssencmode", "disable"},
});

/// A `/`, `?` or `@` that was not percent-encoded shifts a part of the password into the host, the
/// port or the database's name, which messages may quote. No more than one `@` can be in its place,
/// and nothing but the user and the password is before it.
bool has_everything_in_its_place(std::string_view url) {
    std::string_view rest = url.substr(url.find("://") + 3);
    const std::size_t at = rest.find('@');
    return at == std::string_view::npos ||
           (rest.find('@', at + 1) == std::string_view::npos && rest.find_first_of("/?") > at);
}

Result<Parameters> read_url(const std::string& url) {
    // What libpq says about a URL that it can't read may quote the password.
    const Failure unreadable{
        FailureKind::invalid,
        "not a PostgreSQL URL (postgresql://USER:PASSWORD@HOST:PORT/NAME, what is special in a "
        "part of it percent-encoded)"};
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) return unreadable;
    if (!has_everything_in_its_place(url)) return unreadable;
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> read(
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
    PQfreemem(message);
    if (read == nullptr) return unreadable;
    Parameters parameters(defaults.begin(), defaults.end());
    for (const PQconninfoOption* option = read.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) parameters.insert_or_assign(option->keyword, option->val);
    }
    return parameters;
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

/// The parameters of each host for itself, because libpq gives the whole time to the first host of
/// a list if that one takes a connection and never says a word.
Result<std::vector<Parameters>> split_hosts(const Parameters& parameters) {
    std::size_t count = 1;
    for (const char* const name : {"host", "hostaddr"}) {
        const auto found = parameters.find(name);
        if (found != parameters.end()) count = std::max(count, split(found->second).size());
    }
    std::vector<Parameters> hosts(count, parameters);
    for (const char* const name : {"host", "hostaddr", "port"}) {
        const auto found = parameters.find(name);
        if (found == parameters.end()) continue;
        const auto parts = split(found->second);
        const bool is_for_all = parts.size() == 1 && name == std::string_view("port");
        if (parts.size() != count && !is_for_all) {
            return Failure{FailureKind::invalid,
                           fmt::format("{} hosts, but {} of {}", count, parts.size(), name)};
        }
        for (std::size_t i = 0; i < count; ++i) hosts[i][name] = parts[is_for_all ? 0 : i];
    }
    return hosts;
}

/// The asynchronous way to connect leaves the URL's own limit to whoever goes it. As libpq has it:
/// none or below 1 is no limit.
std::chrono::seconds connect_timeout(const Parameters& parameters) {
    int seconds = 0;
    if (const auto found = parameters.find("connect_timeout"); found != parameters.end()) {
        const std::string& text = found->second;
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    return std::chrono::seconds(seconds > 0 ? seconds : std::numeric_limits<int>::max());
}

Result<PostgresHandle> connect_to_host(const Parameters& parameters, SteadyInstant deadline) {
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : parameters) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    PostgresHandle handle(PQconnectStartParams(names.data(), values.data(), 0));
    if (handle == nullptr) return Failure{FailureKind::unavailable, "PostgreSQL: out of memory"};
    PQsetErrorVerbosity(handle.get(), PQERRORS_VERBOSE);
    // Left alone, libpq writes what the server remarks at the start to the standard error.
    PQsetNoticeReceiver(
        handle.get(), [](void*, const PGresult*) {}, nullptr);
    if (PQstatus(handle.get()) == CONNECTION_BAD) return failure_to_connect(handle.get());

    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        const short event = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for_socket(handle.get(), event, deadline)) {
            return Failure{FailureKind::unavailable,
                           fmt::format("PostgreSQL: no answer in time from {}, port {}",
                                       PQhost(handle.get()), PQport(handle.get()))};
        }
        wanted = PQconnectPoll(handle.get());
        if (wanted == PGRES_POLLING_FAILED) return failure_to_connect(handle.get());
    }
    return handle;
}

/// What to say when no host served: what each one said. Only if all agree that the URL makes no
/// sense is it invalid; a host that is down may know better when it is back.
Failure failure_of_all(const std::vector<Failure>& failures) {
    Failure all{FailureKind::invalid, ""};
    for (const Failure& failure : failures) {
        if (failure.kind != FailureKind::invalid) all.kind = FailureKind::unavailable;
        if (!all.what.empty()) all.what += "; ";
        all.what += failure.what;
    }
    return all;
}

}  // namespace

void PostgresClosing::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

Result<PostgresHandle> connect_to_postgres(const std::string& url, SteadyInstant deadline,
                                           ServingHost* host) {
    const auto parameters = read_url(url);
    if (!parameters) return parameters.failure();
    auto hosts = split_hosts(*parameters);
    if (!hosts) return hosts.failure();
    if (parameters->at("target_session_attrs") == "prefer-standby") {
        // To libpq that is two walks along the list, the second only where the first found none.
        host = nullptr;
        const std::size_t count = hosts->size();
        for (std::size_t i = 0; i < count; ++i) {
            hosts->push_back((*hosts)[i]);
            (*hosts)[i]["target_session_attrs"] = "standby";
            hosts->back()["target_session_attrs"] = "any";
        }
    }
    const auto limit = connect_timeout(*parameters);
    const std::size_t first = host == nullptr ? 0 : host->place.load();
    std::vector<Failure> failures;
    for (std::size_t tried = 0; tried < hosts->size(); ++tried) {
        // What one host leaves of its share, those after it have.
        const auto now = SteadyInstant::clock::now();
        const auto share = (deadline - now) / static_cast<int>(hosts->size() - tried);
        const auto latest = std::min<SteadyInstant::duration>(share, limit);
        const std::size_t place = (first + tried) % hosts->size();
        auto connected = connect_to_host((*hosts)[place], now + latest);
        if (connected) {
            if (host != nullptr) host->place.store(place);
            return connected;
        }
        failures.push_back(connected.failure());
    }
    return failure_of_all(failures);
}

bool wait_for_socket(pg_conn* connection, short events, SteadyInstant deadline) {
    // What TLS has decrypted already waits in memory, where `poll` sees nothing. The records of a
    // server up to PostgreSQL 15 fit into libpq's buffer; those of a proxy need not.
    auto* const tls = static_cast<SSL*>(PQsslStruct(connection, "OpenSSL"));
    if (tls != nullptr && (events & POLLIN) != 0 && SSL_pending(tls) > 0) return true;
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyInstant::clock::now());
        if (left.count() <= 0) return false;
        pollfd polled{PQsocket(connection), events, 0};
        const auto longest = std::min<std::int64_t>(left.count(), std::numeric_limits<int>::max());
        const int count = poll(&polled, 1, static_cast<int>(longest));
        // What `poll` has against the socket, libpq finds out for itself.
        if (count > 0 || (count < 0 && errno != EINTR)) return true;
    }
}

}  // namespace dibs::database
