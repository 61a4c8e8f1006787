#include "app/command_forms.h"
#include "app/setting_table.h"

namespace dibs::app {

namespace {

// Choice: what one machine can play out before somebody loses patience.
constexpr std::size_t users_max = 10'000'000;
constexpr std::size_t connections_max = 1'000'000;
constexpr std::size_t rate_max = 1'000'000;
constexpr std::int64_t nodes_max = 16;
constexpr std::int64_t nodes_by_default = 2;
constexpr std::int64_t stock_max = 1'000'000'000;

Command read_demo(OptionReader& options, const Settings& /*settings*/) {
    DemoCommand command{.users = options.count("users", 1, users_max),
                        .stock = options.count("stock", 0, stock_max),
                        .connections = options.count("connections", 0, connections_max),
                        .exits = options.has("exit"),
                        .store = options.text("store"),
                        .nodes = 1,
                        .listen = options.endpoint("listen"),
                        .admin_listen = options.endpoint("admin-listen")};
    if (command.store && !is_store_url(*command.store)) {
        options.complain(
            "--store (from the command line): " + in_quotes(mask_passwords(*command.store)) +
            " is not " + setting_named("store").expected);
    }
    const bool is_shared = command.store && !is_sqlite_url(*command.store);
    command.nodes = static_cast<std::size_t>(
        options.whole_number("nodes", 1, nodes_max).value_or(is_shared ? nodes_by_default : 1));
    if (command.nodes > 1 && !is_shared) {
        options.complain(
            "--nodes: a SQLite store has one owner; several nodes need --store postgresql://…");
    }
    return command;
}

Command read_rehearse(OptionReader& options, const Settings& settings) {
    RehearseCommand command{.targets = customers_addresses(options, settings),
                            .admin = operators_address(options, settings),
                            .coupon_id = {},
                            .stock = options.whole_number("stock", 0, stock_max).value_or(0),
                            .users = options.count("users", 1, users_max),
                            .connections = options.count("connections", 0, connections_max),
                            .rate = options.count("rate", 0, rate_max),
                            .duration = options.duration("duration"),
                            .access = mint_access_of(settings),
                            .is_json = options.has("json")};
    if (options.has("trusted-header")) command.access.auth = AuthenticationMode::trusted_header;
    if (options.has("coupon")) command.coupon_id = options.coupon_id("coupon");
    if (options.has("coupon") && options.has("stock")) {
        options.complain("--coupon and --stock exclude each other: the stock is a new coupon's");
    }
    if (command.rate > 0 && !command.duration) {
        options.complain("--rate needs --duration: how long requests are sent at that rate");
    }
    return command;
}

CommandForm demo_form() {
    return {.name = "demo",
            .meaning = "Start a service, announce a coupon, send a crowd and check the books",
            .options = {{.name = "users",
                         .placeholder = "N",
                         .meaning = "How many press the button",
                         .default_text = "10000"},
                        {.name = "stock",
                         .placeholder = "N",
                         .meaning = "How many coupons there are",
                         .default_text = "1000"},
                        {.name = "connections",
                         .placeholder = "N",
                         .meaning = "How many connections they share",
                         .default_text = "0",
                         .default_words = "one each, if the limit of open files allows it"},
                        {.name = "exit",
                         .meaning = "End after the sale instead of serving on",
                         .kind = OptionKind::flag},
                        {.name = "store",
                         .placeholder = "URL",
                         .meaning = "Where the books are kept",
                         .default_words = "a new temporary folder"},
                        {.name = "nodes",
                         .placeholder = "N",
                         .meaning = "How many services share the store",
                         .default_words = "1 with sqlite, 2 with postgresql"},
                        {.name = "listen",
                         .placeholder = "HOST:PORT",
                         .meaning = "Where customers are answered",
                         .default_text = setting_named("listen").default_text},
                        {.name = "admin-listen",
                         .placeholder = "HOST:PORT",
                         .meaning = "Where operators are answered",
                         .default_text = setting_named("admin-listen").default_text}},
            // None: what is configured for the service proper must not be played with.
            .settings = {},
            .examples =
                "  dibs demo\n"
                "  dibs demo --users 50000 --stock 100 --exit\n"
                "  dibs demo --store postgresql://dibs@localhost/dibs --nodes 3\n",
            .read = read_demo};
}

CommandForm rehearse_form() {
    return {.name = "rehearse",
            .meaning = "Send a crowd at a running service, measure it and audit its answers",
            .options = {{.name = "target",
                         .placeholder = "URL",
                         .meaning = "Where customers are answered; once for each node",
                         .default_words = "that of --listen",
                         .is_repeatable = true},
                        {.name = "admin",
                         .placeholder = "URL",
                         .meaning = "Where operators are answered",
                         .default_words = "that of --admin-listen"},
                        {.name = "coupon",
                         .placeholder = "ID",
                         .meaning = "The coupon that is wanted",
                         .default_words = "a new one"},
                        {.name = "stock",
                         .placeholder = "N",
                         .meaning = "How many of a new coupon there are",
                         .default_text = "1000"},
                        {.name = "users",
                         .placeholder = "N",
                         .meaning = "How many press the button",
                         .default_text = "10000"},
                        {.name = "connections",
                         .placeholder = "N",
                         .meaning = "How many connections they share",
                         .default_text = "0",
                         .default_words = "one each, if the limit of open files allows it"},
                        {.name = "rate",
                         .placeholder = "N",
                         .meaning = "Requests a second, sent whether or not answers come; 0 sends "
                                    "the next when the last was answered",
                         .default_text = "0"},
                        {.name = "duration",
                         .placeholder = "DURATION",
                         .meaning = "The longest that requests are sent: 30s, 5m; each "
                                    "user asks once",
                         .default_words = "everybody asks once, all at the same moment"},
                        {.name = "trusted-header",
                         .meaning = "Name users in X-User-Id, as with --auth trusted-header",
                         .kind = OptionKind::flag},
                        {.name = "json",
                         .meaning = "Write the report as JSON, for machines",
                         .kind = OptionKind::flag}},
            .settings = client_settings(),
            .examples =
                "  dibs rehearse --users 10000 --stock 1000\n"
                "  dibs rehearse --coupon 42 --rate 2000 --duration 30s --json\n"
                "  dibs rehearse --target http://10.0.0.1:8080 --target http://10.0.0.2:8080\n",
            .read = read_rehearse};
}

}  // namespace

std::vector<CommandForm> crowd_forms() {
    return {demo_form(), rehearse_form()};
}

}  // namespace dibs::app
