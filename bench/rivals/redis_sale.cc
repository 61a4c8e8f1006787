#include "rivals/redis_sale.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/number.h"
#include "load/announced_coupon.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// The answers are the flow's own: 1 issued, 0 has it already, -1 sold out.
constexpr std::string_view issue_script = R"(
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 0 end
local stock = tonumber(redis.call('GET', KEYS[2]))
if stock == nil or stock <= 0 then return -1 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('DECR', KEYS[2])
redis.call('XADD', KEYS[3], '*', 'user', ARGV[1])
return 1
)";

// choice: so many that in a run of seconds hardly a user asks twice; each who does is told so, and
// isn't counted as an issue.
constexpr std::uint64_t redis_users = 1'000'000'000;

// choice: enough for all clients to run into the end of a stock at once.
constexpr std::int64_t proving_stock = 500;
constexpr std::uint64_t proving_requests = 5'000;
constexpr std::uint64_t few_users = 300;
constexpr std::size_t proving_clients = 64;

Failure broken(std::string what) {
    return {FailureKind::corrupted, "Redis: " + std::move(what)};
}

}  // namespace

Result<RedisSale> RedisSale::open(OwnRedis& redis) {
    auto hash = redis.ask({"SCRIPT", "LOAD", std::string(issue_script)});
    if (!hash) return hash.failure();
    return RedisSale(redis, *std::move(hash));
}

Result<std::int64_t> RedisSale::number(const std::vector<std::string>& command) {
    const auto text = redis_->ask(command);
    if (!text) return text.failure();
    const auto value = base::parse_integer<std::int64_t>(*text);
    if (value) return *value;
    return broken(fmt::format("{} gives {}", command.front(), *text));
}

Result<void> RedisSale::offer(std::int64_t stock) {
    auto gone = redis_->ask({"DEL", "holders", "stock", "issues"});
    if (!gone) return gone.failure();
    auto set = redis_->ask({"SET", "stock", std::to_string(stock)});
    if (!set) return set.failure();
    return {};
}

std::vector<std::string> RedisSale::request_of(const std::string& user) const {
    return {"EVALSHA", script_, "3", "holders", "stock", "issues", user};
}

Result<std::int64_t> RedisSale::audit(std::int64_t stock) {
    const auto holders = number({"SCARD", "holders"});
    if (!holders) return holders.failure();
    const auto issues = number({"XLEN", "issues"});
    if (!issues) return issues.failure();
    const auto left = number({"GET", "stock"});
    if (!left) return left.failure();
    if (*holders == *issues && *holders == stock - *left && *left >= 0) return *holders;
    return broken(
        fmt::format("{} hold it, {} issues, {} of {} are left", *holders, *issues, *left, stock));
}

Result<void> RedisSale::prove() {
    if (auto offered = offer(proving_stock); !offered) return offered.failure();
    auto crowd = redis_->load(OwnRedis::Way::tcp, proving_clients, proving_requests, redis_users,
                              request_of("__rand_int__"));
    if (!crowd) return crowd.failure();
    const auto sold_out = audit(proving_stock);
    if (!sold_out) return sold_out.failure();
    if (*sold_out != proving_stock) return broken("a crowd did not buy all there was");

    if (auto offered = offer(proving_stock); !offered) return offered.failure();
    auto few = redis_->load(OwnRedis::Way::tcp, proving_clients, proving_requests, few_users,
                            request_of("__rand_int__"));
    if (!few) return few.failure();
    const auto once_each = audit(proving_stock);
    if (!once_each) return once_each.failure();
    if (*once_each <= 0 || *once_each > static_cast<std::int64_t>(few_users)) {
        return broken(fmt::format("{} users hold {}", few_users, *once_each));
    }
    return {};
}

Result<RedisSale::Run> RedisSale::sell(OwnRedis::Way way, std::size_t clients,
                                       std::uint64_t request_count) {
    if (auto offered = offer(endless_stock); !offered) return offered.failure();
    const auto load =
        redis_->load(way, clients, request_count, redis_users, request_of("__rand_int__"));
    if (!load) return load.failure();
    const auto issued = audit(endless_stock);
    if (!issued) return issued.failure();
    const double share = static_cast<double>(*issued) / static_cast<double>(request_count);
    // Of a billion users hardly any ask twice: more than a hundredth and something else is wrong.
    if (share < 0.99) return broken(fmt::format("{} of {} were issued", *issued, request_count));
    return Run{.per_second = load->per_second * share,
               .p99_milliseconds = load->p99_milliseconds,
               .issued = static_cast<std::uint64_t>(*issued)};
}

}  // namespace dibs::bench
