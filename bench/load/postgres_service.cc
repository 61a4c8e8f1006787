#include "load/postgres_service.h"

#include <string>
#include <utility>
#include <vector>

#include "load/announced_coupon.h"
#include "load/in_turn.h"
#include "load/own_postgres.h"
#include "rivals/rival_sale.h"

namespace dibs::bench {

using base::Result;

namespace {

constexpr std::size_t textbook_connections = 64;  // The goal's.
constexpr std::size_t node_count = 4;             // The goal's.
// choice: each of the four has as many waiting as fit into a group; so has one alone.
constexpr std::size_t node_connections = 1'024;

/// Writes out what the run before owes, then runs.
OneRun settled(OwnPostgres& postgres, OneRun run) {
    return [&postgres, run = std::move(run)](const CrowdSize& size) -> Result<CrowdRun> {
        if (auto done = postgres.settle(); !done) return done.failure();
        return run(size);
    };
}

/// The textbook's service, over a database in which its rival has shown that it is right.
struct TextbookShop {
    TemporaryFolder folder;
    RivalSale books;
    ServiceProcess service;
};

Result<TextbookShop> open_textbook(const Workshop& workshop, const std::string& url) {
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    auto books = RivalSale::open(row_lock, url, 2);
    if (!books) return books.failure();
    if (auto proven = books->prove(); !proven) return proven.failure();
    auto service = ServiceProcess::open({.command = {workshop.rival_service.string(), url},
                                         .environment = {},
                                         .output = folder->path() / "rival.log"});
    if (!service) return service.failure();
    return TextbookShop{*std::move(folder), *std::move(books), *std::move(service)};
}

OneRun sell_as_textbook(TextbookShop& textbook) {
    return [&textbook](const CrowdSize& size) -> Result<CrowdRun> {
        const auto coupon_id = textbook.books.offer(endless_stock);
        if (!coupon_id) return coupon_id.failure();
        auto run = sell_elsewhere(textbook.service, *coupon_id, size);
        if (!run) return run.failure();
        textbook.books.count_elsewhere(run->answered);
        if (auto audited = textbook.books.audit(); !audited) return audited.failure();
        return run;
    };
}

/// Every run sells a coupon of its own.
OneRun sell_at(std::vector<Shop*> nodes) {
    return [nodes = std::move(nodes)](const CrowdSize& size) -> Result<CrowdRun> {
        auto offer = announce(*nodes.front(), 1, endless_stock);
        if (!offer) return offer.failure();
        return nodes.size() == 1 ? sell(*nodes.front(), *offer, size)
                                 : sell_at_nodes(nodes, *offer, size);
    };
}

}  // namespace

Result<GoalResult> measure_against_textbook_service(const Workshop& workshop) {
    auto postgres = OwnPostgres::start(workshop);
    if (!postgres) return postgres.failure();
    const auto our_url = postgres->fresh_database();
    if (!our_url) return our_url.failure();
    const auto their_url = postgres->fresh_database();
    if (!their_url) return their_url.failure();
    auto shop = Shop::open(workshop, {.flags = {}, .store = *our_url});
    if (!shop) return shop.failure();
    auto textbook = open_textbook(workshop, *their_url);
    if (!textbook) return textbook.failure();
    const auto sides =
        run_in_turn(workshop.form, textbook_connections, settled(*postgres, sell_at({&*shop})),
                    settled(*postgres, sell_as_textbook(*textbook)));
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto stopped = textbook->service.stop(); !stopped) return stopped.failure();

    GoalResult result;
    result.figures = {
        ratio_of("issues ÷ issues by the row lock", *sides,
                 {.side = Target::Side::at_least, .value = 20, .floor = 2}),
        rate_of("issues", sides->above),
        figure_of("issues: p99", "ms", sides->above, p99_milliseconds),
        rate_of("issues by the row lock", sides->below),
        figure_of("issues by the row lock: p99", "ms", sides->below, p99_milliseconds)};
    append(result.figures, costs_of("an issue", sides->above));
    append(result.figures, costs_of("an issue by the row lock", sides->below));
    return result;
}

Result<GoalResult> measure_four_nodes(const Workshop& workshop) {
    auto postgres = OwnPostgres::start(workshop);
    if (!postgres) return postgres.failure();
    const auto url = postgres->fresh_database();
    if (!url) return url.failure();
    std::vector<Shop> shops;
    for (std::size_t i = 0; i < node_count; ++i) {
        auto shop = Shop::open(workshop, {.flags = {}, .store = *url});
        if (!shop) return shop.failure();
        shops.push_back(*std::move(shop));
    }
    std::vector<Shop*> all;
    for (Shop& shop : shops) all.push_back(&shop);
    // As many crowds on both sides, so that they cost the same.
    const std::vector<Shop*> first(node_count, all.front());
    const auto sides =
        run_in_turn(workshop.form, node_connections, settled(*postgres, sell_at(all)),
                    settled(*postgres, sell_at(first)));
    if (!sides) return sides.failure();
    for (std::size_t i = 1; i < node_count; ++i) {
        if (auto left = shops[i].leave(); !left) return left.failure();
    }
    if (auto closed = shops.front().close(); !closed) return closed.failure();

    GoalResult result;
    result.figures = {ratio_of("issues by four nodes ÷ by one", *sides,
                               {.side = Target::Side::at_least, .value = 0.9}),
                      rate_of("issues by four nodes", sides->above),
                      figure_of("issues by four nodes: p99", "ms", sides->above, p99_milliseconds),
                      rate_of("issues by one node", sides->below),
                      figure_of("issues by one node: p99", "ms", sides->below, p99_milliseconds)};
    result.notes.emplace_back(
        "1,024 connections, a quarter of them at each node, or all at one; the nodes, PostgreSQL "
        "and the crowds share the machine's cores.");
    return result;
}

}  // namespace dibs::bench
