#include "repository/shard_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// A list in another order would look for every coupon in the wrong place, and not find it; one that
// is longer or shorter, too. So it is no setting that may change: each server knows its place.

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

Failure wrong_list(std::size_t place, std::string_view what, std::string_view advice) {
    return {FailureKind::invalid,
            fmt::format("server {} of the list {}: {}", place + 1, what, advice)};
}

Result<void> expect_place(const ShardRecord& record, const ShardPlace& listed,
                          const std::string& store) {
    if (record.place.count != listed.count) {
        return wrong_list(
            listed.place,
            fmt::format("is one of {}, and the list has {}", record.place.count, listed.count),
            "name all of them; more servers are a new store, which dibs copy fills");
    }
    if (record.store != store) {
        return wrong_list(listed.place, "belongs to another store than the first one",
                          "name the servers of one store");
    }
    if (record.place.place != listed.place) {
        return wrong_list(listed.place,
                          fmt::format("is number {} of its store", record.place.place + 1),
                          "name the servers in their order");
    }
    return {};
}

Result<void> expect_new(std::size_t place, const ShardState& state, bool was_whole) {
    if (state.has_coupons) {
        return wrong_list(place, "is a store of its own",
                          "dibs copy brings its coupons to servers that are empty");
    }
    if (was_whole) {
        return wrong_list(place, "is empty, and the store has another one there",
                          "name that one, or restore it");
    }
    return {};
}

}  // namespace

std::vector<std::string> servers_of(const std::string& url) {
    std::vector<std::string> servers;
    for (std::size_t begin = 0; begin < url.size();) {
        const std::size_t end = std::min(url.find(' ', begin), url.size());
        if (end > begin) servers.push_back(url.substr(begin, end - begin));
        begin = end + 1;
    }
    return servers;
}

Result<void> expect_alone(const ShardState& state) {
    if (!state.record) return {};
    return Failure{FailureKind::invalid,
                   fmt::format("this server is number {} of {} of a store: name all of them, in "
                               "their order, with spaces between",
                               state.record->place.place + 1, state.record->place.count)};
}

Result<void> expect_places(std::span<const ShardState> states) {
    const auto first = std::ranges::find_if(
        states, [](const ShardState& state) { return state.record.has_value(); });
    const bool was_whole = std::ranges::any_of(
        states, [](const ShardState& state) { return state.record && state.record->is_whole; });
    for (std::size_t place = 0; place < states.size(); ++place) {
        const ShardState& state = states[place];
        auto expected =
            state.record ? expect_place(*state.record, {place, states.size()}, first->record->store)
                         : expect_new(place, state, was_whole);
        if (!expected) return expected;
    }
    return {};
}

Failure about_server(ShardPlace place, const Failure& failure) {
    return {failure.kind,
            fmt::format("server {} of {}: {}", place.place + 1, place.count, failure.what)};
}

}  // namespace dibs::repository
