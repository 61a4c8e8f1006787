#include "repository/postgres_shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <vector>

#include "repository/postgres_rows.h"

// The places are written down one server after another, in their order, and after each one all are
// read again: so of several processes that find the same new servers, the one that was first at the
// first server names the store, and the others take up its name. When all have one, each is told
// that the store was whole: from then on an empty server in the list is not one that is new, but
// one that stands where another was.

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;
using database::PostgresConnection;

namespace {

// choice: a server that is being started or promoted answers within this. On connections of its
// own, since those that serve requests have the server end what takes longer than a request may
// wait.
constexpr std::chrono::seconds place_patience{10};

SteadyInstant soon() {
    return base::SystemClock().steady_now() + place_patience;
}

/// One to each server, in their order.
using Connections = std::span<PostgresConnection* const>;

/// Connects to all, and gives what `use` makes of the connections. Fails: as it does, unavailable.
template <typename Use>
Result<void> with_connections(std::span<const std::string> urls, Use use) {
    std::vector<PostgresConnection> opened;
    for (const std::string& url : urls) {
        auto connection = PostgresConnection::open(url, soon());
        if (!connection) return about_server({opened.size(), urls.size()}, connection.failure());
        opened.push_back(*std::move(connection));
    }
    std::vector<PostgresConnection*> connections;
    for (PostgresConnection& connection : opened) connections.push_back(&connection);
    return use(Connections(connections));
}

Result<std::vector<ShardState>> read_all_shards(Connections connections) {
    std::vector<ShardState> states;
    for (PostgresConnection* const connection : connections) {
        auto state = read_shard(*connection, soon());
        if (!state) return about_server({states.size(), connections.size()}, state.failure());
        states.push_back(*std::move(state));
    }
    return states;
}

/// What the servers say, where the list may be theirs. They are read one after another, so that a
/// store whose places were given meanwhile looks like one with an empty server in it; by a second
/// reading that is over. Fails: as `expect_places`, unavailable.
Result<std::vector<ShardState>> read_expected(Connections connections) {
    auto states = read_all_shards(connections);
    if (!states || expect_places(*states)) return states;
    states = read_all_shards(connections);
    if (!states) return states;
    if (auto expected = expect_places(*states); !expected) return expected.failure();
    return states;
}

Result<void> write_record(PostgresConnection& connection, const ShardRecord& record) {
    // Whoever was first has written the same place, or is found to have at the next look.
    auto written =
        connection.run({"INSERT INTO shard (is_this, store, place, count)"
                        " VALUES (true, $1::text, $2::bigint, $3::bigint) ON CONFLICT DO NOTHING",
                        {record.store, to_parameter(static_cast<std::int64_t>(record.place.place)),
                         to_parameter(static_cast<std::int64_t>(record.place.count))}},
                       soon());
    if (!written) return about_server(record.place, written.failure());
    return {};
}

Result<void> write_that_all_are_there(Connections connections) {
    for (std::size_t place = 0; place < connections.size(); ++place) {
        auto written = connections[place]->run(
            {"UPDATE shard SET is_whole = true WHERE is_this AND NOT is_whole", {}}, soon());
        if (!written) return about_server({place, connections.size()}, written.failure());
    }
    return {};
}

/// Different from every other store's.
std::string name_of_new_store() {
    std::random_device chance;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", chance(), chance(), chance(), chance());
}

Result<void> take_places_over(Connections connections) {
    const std::string new_name = name_of_new_store();
    // Each round writes one place, or finds that somebody else has.
    for (std::size_t round = 0; round <= connections.size(); ++round) {
        const auto states = read_expected(connections);
        if (!states) return states.failure();
        const auto missing = std::ranges::find_if(
            *states, [](const ShardState& state) { return !state.record.has_value(); });
        if (missing == states->end()) {
            const bool was_whole = std::ranges::all_of(
                *states, [](const ShardState& state) { return state.record->is_whole; });
            return was_whole ? Result<void>() : write_that_all_are_there(connections);
        }
        const auto place = static_cast<std::size_t>(missing - states->begin());
        const auto known = std::ranges::find_if(
            *states, [](const ShardState& state) { return state.record.has_value(); });
        const ShardRecord record{known == states->end() ? new_name : known->record->store,
                                 {place, connections.size()},
                                 false};
        if (auto done = write_record(*connections[place], record); !done) return done;
    }
    return Failure{FailureKind::conflict, "the servers' places are being changed by somebody else"};
}

}  // namespace

Result<ShardState> read_shard(PostgresConnection& connection, SteadyInstant deadline) {
    const auto rows = connection.exchange(
        {{"SELECT store, place, count, is_whole FROM shard", {}},
         {"SELECT count(*) FROM (SELECT id FROM coupon ORDER BY id LIMIT 1) AS first", {}}},
        deadline);
    if (!rows) return rows.failure();
    ShardState state{.record = std::nullopt, .has_coupons = (*rows)[1].integer(0, 0) > 0};
    const database::PostgresRows& shard = rows->front();
    if (shard.row_count() > 0) {
        state.record = ShardRecord{std::string(shard.text(0, 0)),
                                   {static_cast<std::size_t>(shard.integer(0, 1)),
                                    static_cast<std::size_t>(shard.integer(0, 2))},
                                   shard.boolean(0, 3)};
    }
    return state;
}

Result<void> check_places(std::span<const std::string> urls) {
    return with_connections(urls, [](Connections connections) {
        const auto states = read_expected(connections);
        return states ? Result<void>() : states.failure();
    });
}

Result<void> take_places(std::span<const std::string> urls) {
    return with_connections(urls, take_places_over);
}

}  // namespace dibs::repository
