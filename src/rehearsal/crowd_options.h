#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dibs::rehearsal {

/// How the crowd comes.
enum class CrowdMode : std::uint8_t {
    stampede,  ///< Every connection is open and idle; then everybody asks at once, each user once.
    closed_loop,  ///< Each connection asks again as soon as it has its answer, until time is up.
    open_loop,  ///< Requests fall due at a steady rate, whether or not those before were answered.
};

[[nodiscard]] std::string_view name_of(CrowdMode mode);

/// Whether requests carry an Idempotency-Key.
enum class KeyUse : std::uint8_t {
    none,
    per_user,     ///< A user's repeats carry the same key: they ask for the first answer again.
    per_request,  ///< Every request has a key of its own.
};

/// The header lines that say who a user is, such as `Authorization: Bearer …`; several are
/// separated by CRLF, with none after the last. Empty: the request is anonymous.
using IdentityHeaders = std::function<std::string(std::string_view user)>;

/// Where a node of the service answers.
struct NodeAddress {
    std::string host;
    std::uint16_t port = 0;
};

/// Who comes, how many, how fast, and where to.
struct CrowdOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    /// More nodes of the same service: the connections are spread over all of them, evenly.
    std::vector<NodeAddress> other_nodes;
    std::string method = "POST";
    /// The request's target; `{id}` stands for the coupon's id.
    std::string path = "/api/v1/coupons/{id}/me";
    std::int64_t coupon_id = 0;
    /// So many coupons are asked for in turn: that one, the one after it, and so on. An audit is of
    /// one coupon; each answer says which one it was asked for.
    std::uint32_t coupon_count = 1;

    std::uint32_t user_count = 1'000;
    /// A user's name: the run of `#` is the user's number, with zeros in front.
    std::string user_pattern = "user-######";
    std::uint64_t first_user = 1;
    /// 0: no end, one round of all users after another; not for a stampede. Several: a user's
    /// requests follow each other directly, so that they race.
    std::uint32_t requests_per_user = 1;
    /// Whether users come in an order that has nothing to do with their names, the same each time.
    /// A store that keeps its rows by name is spared nothing then.
    bool shuffles_users = false;
    IdentityHeaders identity;
    KeyUse key_use = KeyUse::none;
    std::string key_prefix = "rehearsal";

    CrowdMode mode = CrowdMode::stampede;
    std::size_t connection_count = 1'000;
    std::size_t thread_count = 1;
    /// How long requests are sent, in the loops; a stampede ends with its last answer.
    std::chrono::milliseconds duration{10'000};
    double requests_per_second = 0;  ///< Of the open loop.
    /// In the open loop: who finds no free connection when the time has come goes away, and counts
    /// as never sent. Else they wait for one, and that counts as their latency.
    bool goes_away_when_full = false;

    /// A request without an answer for so long is given up, its outcome unknown.
    std::chrono::milliseconds answer_timeout{10'000};
    /// How long opening the connections may take in all.
    std::chrono::milliseconds connect_timeout{15'000};
    /// Between the last connection's opening and the start, so that the service can accept what its
    /// kernel still holds.
    std::chrono::milliseconds settling_time{100};
    /// Keep every request with its start and end, for checks of the whole history.
    bool keep_history = false;
};

/// All nodes, the first one first.
[[nodiscard]] std::vector<NodeAddress> nodes_of(const CrowdOptions& options);

/// A node as `host:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2).
[[nodiscard]] std::string authority_of(const NodeAddress& node);

/// All of them, as a sentence names them: `a:80, b:80`.
[[nodiscard]] std::string authorities_of(const CrowdOptions& options);

/// Whether the options make sense together. Fails: invalid, with a sentence that names the option.
[[nodiscard]] base::Result<void> validate(const CrowdOptions& options);

}  // namespace dibs::rehearsal
