#include "rehearsal/request_plan.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

namespace dibs::rehearsal {

namespace {

std::string replaced(std::string text, std::string_view what, const std::string& with) {
    for (std::size_t at = text.find(what); at != std::string::npos;
         at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

std::vector<std::string> heads_of(const CrowdOptions& options) {
    // The same to every node, as behind one name: each head is rendered once.
    const std::string after_target =
        " HTTP/1.1\r\nHost: " + authority_of({options.host, options.port}) + "\r\n";
    std::vector<std::string> heads;
    heads.reserve(options.coupon_count);
    for (std::uint32_t i = 0; i < options.coupon_count; ++i) {
        const std::string target =
            replaced(options.path, "{id}", std::to_string(options.coupon_id + i));
        heads.push_back(options.method + " " + target + after_target);
    }
    return heads;
}

/// The numbers below `count` in an order that is always the same and looks like none.
std::vector<std::uint32_t> shuffled(std::uint32_t count) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937 generator;  // Unseeded: the same crowd each time.
    std::ranges::shuffle(order, generator);
    return order;
}

/// Whether these are whole header lines: an empty one or a line's end at the wrong place would make
/// the rest of the request something else.
bool are_header_lines(std::string_view lines) {
    if (lines.starts_with("\r\n") || lines.ends_with("\r\n") || lines.contains("\r\n\r\n")) {
        return false;
    }
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at] == '\n') return false;
        if (lines[at] != '\r') continue;
        if (at + 1 == lines.size() || lines[at + 1] != '\n') return false;
        ++at;
    }
    return true;
}

}  // namespace

RequestPlan::RequestPlan(const CrowdOptions& options)
    : users_(options),
      user_count_(options.user_count),
      first_user_(options.first_user),
      requests_per_user_(options.requests_per_user),
      key_use_(options.key_use),
      key_prefix_(options.key_prefix),
      first_coupon_id_(options.coupon_id),
      heads_(heads_of(options)),
      // A request that could have a body says that it has none (RFC 9110 section 8.6).
      tail_(options.method == "GET" ? "\r\n" : "Content-Length: 0\r\n\r\n"),
      order_(options.shuffles_users ? shuffled(options.user_count) : std::vector<std::uint32_t>()) {
}

base::Result<RequestPlan> RequestPlan::make(const CrowdOptions& options) {
    RequestPlan plan(options);
    plan.identity_end_.reserve(options.user_count);
    for (std::uint32_t place = 0; place < options.user_count; ++place) {
        const std::string user =
            plan.users_.name_of(plan.order_.empty() ? place : plan.order_[place]);
        const std::string lines = options.identity ? options.identity(user) : std::string();
        if (!are_header_lines(lines)) {
            return base::Failure{
                base::FailureKind::invalid,
                "the identity of " + user + " is not header lines separated by CRLF"};
        }
        plan.identities_ += lines;
        if (!lines.empty()) plan.identities_ += "\r\n";
        plan.identity_end_.push_back(plan.identities_.size());
    }
    return plan;
}

std::uint64_t RequestPlan::request_count() const {
    if (requests_per_user_ == 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{user_count_} * requests_per_user_;
}

// With a number of requests per user, a user's requests have neighbouring numbers; different
// connections send them at the same time, which is the race that a service must survive.

std::uint32_t RequestPlan::user_of(std::uint64_t number) const {
    const std::uint32_t place = place_of(number);
    return order_.empty() ? place : order_[place];
}

std::uint32_t RequestPlan::place_of(std::uint64_t number) const {
    const std::uint64_t place =
        requests_per_user_ == 0 ? number % user_count_ : number / requests_per_user_;
    return static_cast<std::uint32_t>(place);
}

std::int64_t RequestPlan::coupon_of(std::uint64_t number) const {
    return first_coupon_id_ + static_cast<std::int64_t>(number % heads_.size());
}

std::uint64_t RequestPlan::repeat_of(std::uint64_t number) const {
    return requests_per_user_ == 0 ? number / user_count_ : number % requests_per_user_;
}

void RequestPlan::append_request(std::string& out, std::uint64_t number) const {
    const std::uint32_t place = place_of(number);
    const std::size_t begin = place == 0 ? 0 : identity_end_[place - 1];
    out += heads_[number % heads_.size()];
    out.append(identities_, begin, identity_end_[place] - begin);
    if (key_use_ != KeyUse::none) {
        out += "Idempotency-Key: \"";
        append_key(out, number);
        out += "\"\r\n";
    }
    out += tail_;
}

std::string RequestPlan::key_of(std::uint64_t number) const {
    std::string key;
    append_key(key, number);
    return key;
}

void RequestPlan::append_key(std::string& out, std::uint64_t number) const {
    if (key_use_ == KeyUse::none) return;
    out += key_prefix_;
    out += '-';
    out += std::to_string(first_user_ + user_of(number));
    if (key_use_ == KeyUse::per_user) return;
    out += '-';
    out += std::to_string(repeat_of(number) + 1);
}

}  // namespace dibs::rehearsal
