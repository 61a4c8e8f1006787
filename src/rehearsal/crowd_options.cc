#include "rehearsal/crowd_options.h"

#include <algorithm>
#include <limits>

namespace dibs::rehearsal {

namespace {

// choice: beyond this the generator is the load, not the service.
constexpr std::size_t threads_max = 64;
// The specification's Idempotency-Key holds 64 characters; a user's and a request's number take at
// most 22 of them.
constexpr std::size_t key_prefix_max = 40;
// choice: each coupon's request line is rendered beforehand, in about 100 bytes.
constexpr std::uint32_t coupons_max = 1'000'000;
// choice: more than anybody runs.
constexpr std::size_t nodes_max = 1'000;

/// Visible ASCII with nothing that would end a quoted string or a request's line.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '\\'; });
}

bool has_one_number(std::string_view pattern) {
    const std::size_t first = pattern.find('#');
    if (first == std::string_view::npos) return false;
    return pattern.find('#', pattern.find_first_not_of('#', first)) == std::string_view::npos;
}

base::Result<void> validate_users(const CrowdOptions& options) {
    if (options.user_count == 0) return base::invalid("a crowd needs at least one user");
    if (!is_plain(options.user_pattern)) {
        return base::invalid("a user's name is visible ASCII without quotes: " +
                             options.user_pattern);
    }
    const bool is_one_name = options.user_count == 1 && !options.user_pattern.contains('#');
    if (!is_one_name && !has_one_number(options.user_pattern)) {
        return base::invalid("the pattern of user names needs one run of # for the number: " +
                             options.user_pattern);
    }
    if (options.first_user > std::numeric_limits<std::uint64_t>::max() - options.user_count) {
        return base::invalid("the users' numbers do not fit in 64 bits");
    }
    if (!is_plain(options.key_prefix) || options.key_prefix.size() > key_prefix_max) {
        return base::invalid("the prefix of idempotency keys is up to 40 visible ASCII characters");
    }
    return {};
}

base::Result<void> validate_pace(const CrowdOptions& options) {
    if (options.connection_count == 0)
        return base::invalid("a crowd needs at least one connection");
    if (options.thread_count == 0 || options.thread_count > threads_max) {
        return base::invalid("a crowd is sent by 1 to 64 threads");
    }
    if (options.goes_away_when_full && options.mode != CrowdMode::open_loop) {
        return base::invalid("only in an open loop does somebody go away when all is full");
    }
    if (options.mode == CrowdMode::stampede) {
        if (options.requests_per_user != 0) return {};
        return base::invalid(
            "in a stampede each user sends a number of requests, not endlessly many");
    }
    if (options.duration <= std::chrono::milliseconds(0))
        return base::invalid("a loop needs a duration");
    if (options.mode == CrowdMode::open_loop && !(options.requests_per_second > 0)) {
        return base::invalid("an open loop needs a rate of requests per second");
    }
    return {};
}

}  // namespace

std::string_view name_of(CrowdMode mode) {
    switch (mode) {
        case CrowdMode::stampede: return "stampede";
        case CrowdMode::closed_loop: return "closed-loop";
        case CrowdMode::open_loop: return "open-loop";
    }
    return "unknown";
}

std::vector<NodeAddress> nodes_of(const CrowdOptions& options) {
    std::vector<NodeAddress> nodes = {{options.host, options.port}};
    nodes.insert(nodes.end(), options.other_nodes.begin(), options.other_nodes.end());
    return nodes;
}

std::string authority_of(const NodeAddress& node) {
    const bool needs_brackets = node.host.contains(':') && !node.host.starts_with('[');
    const std::string host = needs_brackets ? "[" + node.host + "]" : node.host;
    return host + ":" + std::to_string(node.port);
}

std::string authorities_of(const CrowdOptions& options) {
    std::string all;
    for (const NodeAddress& node : nodes_of(options)) {
        if (!all.empty()) all += ", ";
        all += authority_of(node);
    }
    return all;
}

base::Result<void> validate(const CrowdOptions& options) {
    for (const NodeAddress& node : nodes_of(options)) {
        if (node.host.empty() || node.port == 0)
            return base::invalid("a crowd needs a host and a port");
        if (!is_plain(node.host)) return base::invalid("not a host: " + node.host);
    }
    if (options.other_nodes.size() >= nodes_max)
        return base::invalid("a crowd asks at most 1,000 nodes");
    if (options.method.empty() || !is_plain(options.method)) return base::invalid("not a method");
    if (!options.path.starts_with('/') || !is_plain(options.path)) {
        return base::invalid("a path starts with / and has no spaces: " + options.path);
    }
    if (options.coupon_count == 0 || options.coupon_count > coupons_max) {
        return base::invalid("a crowd asks for 1 to 1,000,000 coupons");
    }
    if (options.answer_timeout <= std::chrono::milliseconds(0) ||
        options.connect_timeout <= std::chrono::milliseconds(0) ||
        options.settling_time < std::chrono::milliseconds(0)) {
        return base::invalid("the time-outs of a crowd are longer than nothing");
    }
    if (auto users = validate_users(options); !users) return users;
    return validate_pace(options);
}

}  // namespace dibs::rehearsal
