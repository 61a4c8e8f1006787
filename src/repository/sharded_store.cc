#include "repository/sharded_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "repository/postgres_shard.h"
#include "repository/sharded_audit_snapshot.h"
#include "repository/sharded_store_import.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

/// What `open` gives for each server, in their order. The first failure is said with its server.
template <typename Opened, typename Open>
Result<std::vector<Opened>> open_each(const std::vector<std::string>& urls, Open open) {
    std::vector<Opened> servers;
    for (const std::string& url : urls) {
        const ShardPlace place{servers.size(), urls.size()};
        auto opened = open(url, place);
        if (!opened) return about_server(place, opened.failure());
        servers.push_back(*std::move(opened));
    }
    return servers;
}

std::vector<PostgresListing*> listings_of(
    const std::vector<std::unique_ptr<PostgresStore>>& servers) {
    std::vector<PostgresListing*> listings;
    for (const auto& server : servers) listings.push_back(&server->listing());
    return listings;
}

std::vector<ShardedListing::Server> both_of(
    const std::vector<std::unique_ptr<PostgresStore>>& servers) {
    std::vector<ShardedListing::Server> both;
    for (const auto& server : servers) both.push_back({&server->coupons(), &server->listing()});
    return both;
}

std::vector<PostgresCouponRepository*> coupons_of(
    const std::vector<std::unique_ptr<PostgresStore>>& servers) {
    std::vector<PostgresCouponRepository*> coupons;
    for (const auto& server : servers) coupons.push_back(&server->coupons());
    return coupons;
}

std::vector<PostgresCompactionRepository*> compactions_of(
    const std::vector<std::unique_ptr<PostgresStore>>& servers) {
    std::vector<PostgresCompactionRepository*> compactions;
    for (const auto& server : servers) compactions.push_back(&server->compactions());
    return compactions;
}

/// The servers' snapshots as one, each opened by `open`.
template <typename Open>
Result<std::unique_ptr<AuditSnapshot>> open_snapshots(const std::vector<std::string>& urls,
                                                      Open open) {
    auto servers = open_each<std::unique_ptr<AuditSnapshot>>(urls, open);
    if (!servers) return servers.failure();
    if (auto checked = check_places(urls); !checked) return checked.failure();
    return std::unique_ptr<AuditSnapshot>(
        std::make_unique<ShardedAuditSnapshot>(*std::move(servers)));
}

}  // namespace

Result<std::unique_ptr<ShardedStore>> ShardedStore::open(const std::vector<std::string>& urls,
                                                         const StoreOptions& options) {
    auto servers = open_each<std::unique_ptr<PostgresStore>>(
        urls, [&](const std::string& url, ShardPlace place) {
            return PostgresStore::open(url, options, place);
        });
    if (!servers) return servers.failure();
    if (auto taken = take_places(urls); !taken) return taken.failure();
    auto store = std::unique_ptr<ShardedStore>(new ShardedStore(urls, *std::move(servers)));
    if (options.fills_listings) store->filler_.start();
    return store;
}

ShardedStore::ShardedStore(std::vector<std::string> urls, Servers servers)
    : urls_(std::move(urls)),
      servers_(std::move(servers)),
      last_check_(std::vector<std::optional<Failure>>(servers_.size())),
      filler_(listings_of(servers_)),
      listing_(both_of(servers_)),
      coupons_(coupons_of(servers_), listing_, [this] { filler_.wake(); }),
      compactions_(compactions_of(servers_)) {}

std::vector<std::unique_ptr<StreamWatch>> ShardedStore::watch_streams() {
    std::vector<std::unique_ptr<StreamWatch>> watches;
    for (const auto& server : servers_) {
        for (auto& watch : server->watch_streams()) watches.push_back(std::move(watch));
    }
    return watches;
}

Result<std::unique_ptr<AuditSnapshot>> ShardedStore::open_snapshot() {
    return open_sharded_for_audit(urls_);
}

Result<void> ShardedStore::check() {
    std::vector<std::optional<Failure>> failures;
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        const auto checked = servers_[place]->check();
        failures.push_back(checked ? std::nullopt : std::optional(checked.failure()));
    }
    last_check_.with([&](auto& last) { last = failures; });
    const auto misfit = std::ranges::find_if(failures, [](const std::optional<Failure>& failure) {
        return failure && failure->kind == FailureKind::invalid;
    });
    const bool does_any_answer = std::ranges::any_of(
        failures, [](const std::optional<Failure>& failure) { return !failure; });
    if (does_any_answer && misfit == failures.end()) return {};
    const auto told = misfit == failures.end() ? failures.begin() : misfit;
    return about_server({static_cast<std::size_t>(told - failures.begin()), servers_.size()},
                        **told);
}

StoreFacts ShardedStore::facts() {
    const auto failures = last_check_.with([](const auto& last) { return last; });
    StoreFacts sum;
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        const StoreFacts one = servers_[place]->facts();
        sum.schema_number = one.schema_number;
        sum.size_bytes += one.size_bytes;
        sum.statement_count += one.statement_count;
        sum.checkpoint_count += one.checkpoint_count;
        sum.round_trip_count += one.round_trip_count;
        if (!sum.durability.empty()) sum.durability += "; ";
        fmt::format_to(std::back_inserter(sum.durability), "server {} of {}: {}", place + 1,
                       servers_.size(), one.durability);
        if (const auto& failure = failures[place]) {
            fmt::format_to(std::back_inserter(sum.durability),
                           " (it does not answer now, so its coupons can't be had, nor any "
                           "user's listing: {})",
                           failure->what);
        }
    }
    return sum;
}

Result<std::unique_ptr<AuditSnapshot>> open_sharded_for_audit(
    const std::vector<std::string>& urls) {
    return open_snapshots(urls, open_postgres_for_audit);
}

Result<std::unique_ptr<AuditSnapshot>> open_sharded_to_copy(const std::vector<std::string>& urls) {
    return open_snapshots(urls, open_postgres_to_copy);
}

Result<std::unique_ptr<StoreImport>> open_sharded_to_import(const std::vector<std::string>& urls) {
    auto servers = open_each<std::unique_ptr<StoreImport>>(urls, open_postgres_to_import);
    if (!servers) return servers.failure();
    if (auto taken = take_places(urls); !taken) return taken.failure();
    return std::unique_ptr<StoreImport>(
        std::make_unique<ShardedStoreImport>(urls, *std::move(servers)));
}

Result<MigrationReport> migrate_sharded(const std::vector<std::string>& urls) {
    const auto reports = open_each<MigrationReport>(
        urls, [](const std::string& url, ShardPlace) { return migrate_postgres(url); });
    if (!reports) return reports.failure();
    if (auto taken = take_places(urls); !taken) return taken.failure();
    const auto oldest = std::ranges::min_element(*reports, {}, &MigrationReport::from_number);
    return MigrationReport{oldest->from_number, oldest->to_number};
}

}  // namespace dibs::repository
