#include "rivals/rival_sale.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/named_thread.h"
#include "rivals/audit.h"
#include "rivals/plain_tables.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::PostgresConnection;
using std::chrono::nanoseconds;

namespace {

// choice: few enough to sell out in a moment, even with a rival that throws most work away, and
// more users than that, so that some are told that nothing is left.
constexpr std::int64_t proof_stock = 40;
constexpr int proof_users = 60;

constexpr std::string_view offer_sql =
    "WITH announced AS ("
    "   INSERT INTO coupon (name, starts_at, ends_at, limit_per_user, stock)"
    "   VALUES ('Black Friday 50%', now() - interval '1 day', now() + interval '1 day', 1,"
    "           $1::bigint) RETURNING id, stock),"
    " stocked AS ("
    "   INSERT INTO coupon_inventory (coupon_id, kind, amount)"
    "   SELECT id, 'stocked', stock FROM announced RETURNING id, coupon_id, kind, amount),"
    " kept AS ("
    "   INSERT INTO coupon_inventory_history (id, coupon_id, kind, amount)"
    "   SELECT id, coupon_id, kind, amount FROM stocked)"
    " SELECT id FROM announced";

/// Runs `work` once for each client, all at the same time; the first failure of any, if one fails.
Result<void> for_each_client(std::vector<PostgresConnection>& clients,
                             const std::function<Result<void>(PostgresConnection&)>& work) {
    base::Guarded<std::optional<Failure>> first_failure;
    {
        std::vector<base::NamedThread> threads;
        threads.reserve(clients.size());
        for (PostgresConnection& client : clients) {
            threads.emplace_back("rival", [&] {
                const Result<void> done = work(client);
                if (done) return;
                first_failure.with([&](std::optional<Failure>& first) {
                    if (!first) first = done.failure();
                });
            });
        }
    }
    return first_failure.with([](const std::optional<Failure>& first) -> Result<void> {
        if (first) return *first;
        return {};
    });
}

std::uint64_t round_trips_of(const std::vector<PostgresConnection>& clients) {
    std::uint64_t count = 0;
    for (const PostgresConnection& client : clients) count += client.round_trip_count();
    return count;
}

}  // namespace

RivalSale::RivalSale(const Rival& rival, Clients clients)
    : rival_(&rival), clients_(std::move(clients)) {}

Result<RivalSale> RivalSale::open(const Rival& rival, const std::string& url,
                                  std::size_t client_count) {
    Clients clients;
    for (std::size_t i = 0; i < client_count; ++i) {
        auto client = PostgresConnection::open(url, rival_deadline());
        if (!client) return client.failure();
        clients.push_back(*std::move(client));
    }
    const std::string script = fmt::format("{}{}", plain_tables_sql, rival.schema);
    if (auto made = clients.front().execute(script, rival_deadline()); !made) {
        return made.failure();
    }
    return RivalSale(rival, std::move(clients));
}

Result<std::int64_t> RivalSale::offer(std::int64_t stock) {
    const auto rows = clients_.front().run({offer_sql, {std::to_string(stock)}}, rival_deadline());
    if (!rows) return rows.failure();
    return rows->integer(0, 0);
}

Result<RivalRun> RivalSale::sell_for(std::int64_t coupon_id, nanoseconds duration) {
    const base::SystemClock clock;
    std::atomic<std::uint64_t> issued = 0;
    const std::uint64_t round_trips_before = round_trips_of(clients_);
    const base::SteadyInstant begun_at = clock.steady_now();
    const auto done = for_each_client(clients_, [&](PostgresConnection& client) -> Result<void> {
        do {
            const auto issue = rival_->issue(client, coupon_id, users_->next());
            if (!issue) return issue.failure();
            if (issue->answer != RivalAnswer::issued) {
                return Failure{FailureKind::corrupted, "a new user was refused"};
            }
            issued.fetch_add(1, std::memory_order_relaxed);
        } while (clock.steady_now() - begun_at < duration);
        return {};
    });
    if (!done) return done.failure();
    acknowledged_ += issued.load();
    return RivalRun{.issued = issued.load(),
                    .taken = clock.steady_now() - begun_at,
                    .round_trips = round_trips_of(clients_) - round_trips_before};
}

Result<void> RivalSale::prove() {
    const auto coupon_id = offer(proof_stock);
    if (!coupon_id) return coupon_id.failure();
    std::atomic<std::int64_t> issued = 0;
    std::atomic<std::int64_t> sold_out = 0;
    const auto done = for_each_client(clients_, [&](PostgresConnection& client) -> Result<void> {
        for (int i = 0; i < proof_users; ++i) {
            const auto issue = rival_->issue(client, *coupon_id, fmt::format("proof-{}", i));
            if (!issue) return issue.failure();
            if (issue->answer == RivalAnswer::issued) ++issued;
            if (issue->answer == RivalAnswer::sold_out) ++sold_out;
        }
        return {};
    });
    if (!done) return done.failure();
    acknowledged_ += static_cast<std::uint64_t>(issued.load());
    if (issued.load() != proof_stock || sold_out.load() == 0) {
        return Failure{FailureKind::corrupted,
                       fmt::format("{}: of a stock of {}, {} were issued", rival_->name,
                                   proof_stock, issued.load())};
    }
    return audit();
}

Result<void> RivalSale::audit() {
    auto audited = audit_rival(clients_.front(), static_cast<std::int64_t>(acknowledged_));
    if (audited) return {};
    return Failure{audited.failure().kind,
                   fmt::format("{}: {}", rival_->name, audited.failure().what)};
}

}  // namespace dibs::bench
