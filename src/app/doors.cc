#include "app/doors.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace dibs::app {

using base::Result;
using http::BoundSockets;

namespace {

// choice: operators are few.
constexpr std::size_t admin_connections_max = 1'000;

http::ServerOptions options_at(const Endpoint& at, const Settings& settings) {
    return {.host = at.host,
            .port = at.port,
            .thread_name = "http",
            .thread_count = settings.http_threads,
            .connections_max = settings.connections_max,
            .header_size_max_bytes = settings.header_size_max_bytes,
            .body_size_max_bytes = settings.body_size_max_bytes,
            .header_timeout = settings.header_timeout,
            .body_timeout = settings.body_timeout,
            .idle_timeout = settings.idle_timeout,
            .write_timeout = settings.write_timeout};
}

http::ServerOptions operators_options(const Settings& settings) {
    http::ServerOptions options = options_at(settings.admin_listen, settings);
    options.thread_name = "admin-http";
    options.thread_count = 1;
    options.connections_max = admin_connections_max;
    return options;
}

}  // namespace

Result<Doors> Doors::bind(const Settings& settings) {
    auto bound = BoundSockets::bind(options_at(settings.listen, settings));
    if (!bound) return bound.failure();
    std::optional customers(*std::move(bound));
    auto operators = BoundSockets::bind(operators_options(settings));
    if (operators) return Doors{*std::move(customers), *std::move(operators)};
    if (settings.admin_listen.port != customers->port()) return operators.failure();
    // Addresses that are spelled differently can be one all the same. If it is free once we have
    // let go of the other one, then nobody else was in the way.
    customers.reset();
    if (!BoundSockets::bind(operators_options(settings))) return operators.failure();
    return base::invalid(fmt::format(
        "--listen {} and --admin-listen {} are one address: operators need a listener of their own",
        in_quotes(to_text(settings.listen)), in_quotes(to_text(settings.admin_listen))));
}

}  // namespace dibs::app
