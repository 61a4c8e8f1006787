#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "app/child_service.h"
#include "app/commands.h"
#include "app/complaint.h"
#include "app/minting.h"
#include "app/plural.h"
#include "app/sale.h"
#include "app/shutdown.h"
#include "base/log.h"
#include "identity/secret_file.h"
#include "rehearsal/figures.h"
#include "rehearsal/report.h"
#include "repository/store.h"
#include "service/verification_service.h"

// The whole of Dibs on one screen: a service of its own, a coupon, a stampede, and then the proof.
// Nothing is simulated: the service is `dibs serve` in a process of its own, the crowd comes over
// TCP.

namespace dibs::app {

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;

// choice: long enough to try the three lines after lunch.
constexpr std::chrono::seconds trial_token_lifetime{8 * 3600};

void say(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

/// Where the demonstration keeps its key, and its books unless a store was named: the folder is
/// made for it, and goes with it.
class Premises {
public:
    [[nodiscard]] static Result<Premises> open(const std::optional<std::string>& store) {
        std::string folder = std::filesystem::temp_directory_path() / "dibs-demo-XXXXXX";
        if (mkdtemp(folder.data()) == nullptr) {
            return Failure{FailureKind::unavailable,
                           fmt::format("{}: {}", folder, std::strerror(errno))};
        }
        // One key for all nodes, whatever lies beside the store.
        if (auto made = identity::generate_secret_file(folder + "/key"); !made) {
            return made.failure();
        }
        return Premises(store.value_or("sqlite:" + folder + "/dibs.db"), folder);
    }
    ~Premises() {
        std::error_code ignored;
        if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
    }
    Premises(Premises&& other) noexcept
        : store_(std::move(other.store_)), folder_(std::exchange(other.folder_, {})) {}
    Premises& operator=(Premises&&) = delete;

    [[nodiscard]] const std::string& store() const { return store_; }
    [[nodiscard]] std::string key_file() const { return folder_ + "/key"; }

private:
    Premises(std::string store, std::string folder)
        : store_(std::move(store)), folder_(std::move(folder)) {}

    std::string store_;
    std::string folder_;
};

using Nodes = std::vector<ChildService>;

Result<Nodes> start_nodes(const DemoCommand& command, const Premises& premises) {
    Nodes nodes;
    for (std::size_t i = 0; i < command.nodes; ++i) {
        // The first one has the addresses that were asked for, the others have free ones.
        Endpoint listen = command.listen;
        Endpoint admin_listen = command.admin_listen;
        if (i > 0) listen.port = admin_listen.port = 0;
        auto node = ChildService::start({.store = premises.store(),
                                         .jwt_secret_file = premises.key_file(),
                                         .listen = listen,
                                         .admin_listen = admin_listen});
        if (!node) return node.failure();
        nodes.push_back(*std::move(node));
    }
    return nodes;
}

/// `http://a:1, http://b:2`
std::string addresses_of(const Nodes& nodes) {
    std::string all;
    for (const ChildService& node : nodes) {
        if (!all.empty()) all += ", ";
        all += "http://" + to_text(node.public_endpoint());
    }
    return all;
}

/// Ends them all; whether each ended as it should.
bool stop_all(Nodes& nodes) {
    bool have_ended_well = true;
    for (ChildService& node : nodes) have_ended_well = node.stop() && have_ended_well;
    return have_ended_well;
}

Result<Sale> announce(AdminClient& admin, const DemoCommand& command, const Nodes& nodes,
                      const MintAccess& access) {
    const base::Instant now = base::SystemClock().now();
    const auto coupon =
        admin.call("POST", "/admin/v1/coupons",
                   write_create({.name = "Black Friday 50%",
                                 .description = "Half off everything",
                                 .from = now,
                                 .to = now + std::chrono::hours(24),
                                 .limit_per_user = 1,
                                 .stock = static_cast<std::int64_t>(command.stock)}));
    if (!coupon) return coupon.failure();
    auto identity = crowd_identity(access);
    if (!identity) return identity.failure();
    Sale sale;
    sale.stock = static_cast<std::int64_t>(command.stock);
    std::vector<Endpoint> addresses;
    for (const ChildService& node : nodes) addresses.push_back(node.public_endpoint());
    send_to(sale.crowd, addresses);
    sale.crowd.coupon_id = coupon->at("id").to_number<std::int64_t>();
    sale.crowd.user_count = static_cast<std::uint32_t>(command.users);
    sale.crowd.connection_count = command.connections == 0 ? command.users : command.connections;
    sale.crowd.identity = *std::move(identity);
    return sale;
}

/// Shows what one of those who got a coupon holds, over the customers' API and with their own
/// token; where there are several nodes, one says it that didn't issue the coupon.
Result<void> show_winner(const SaleResult& sale, const Nodes& nodes, const Minter& minter) {
    if (sale.seen.issued.empty()) return {};
    const std::string& user = sale.seen.issued.front().user;
    const Endpoint& issuer = nodes[sale.seen.issued.front().node].public_endpoint();
    const Endpoint& at =
        nodes[(sale.seen.issued.front().node + 1U) % nodes.size()].public_endpoint();
    const auto token = minter.mint(user, false, trial_token_lifetime);
    if (!token) return token.failure();
    AdminClient customer(at, {{"Authorization", "Bearer " + *token}});
    const auto held = customer.fetch("GET", "/api/v1/coupons/me");
    if (!held) return held.failure();
    if (nodes.size() == 1) {
        say(fmt::format("\n{} holds\n  {}", user, *held));
    } else {
        say(fmt::format("\n{} asked {}, and holds, as {} says,\n  {}", user, to_text(issuer),
                        to_text(at), *held));
    }
    return {};
}

Result<boost::json::object> wait_for_run(AdminClient& admin, std::int64_t run) {
    // choice: a fold of a demonstration takes milliseconds; ten seconds of looks are for slow
    // machines.
    for (int look = 0; look < 1'000; ++look) {
        const auto answer = admin.call("GET", fmt::format("/admin/v1/compactions/{}", run));
        if (!answer) return answer.failure();
        if (answer->at("state").as_string() == "finished") return answer->as_object();
        usleep(10'000);
    }
    return Failure{FailureKind::expired, "the fold did not end"};
}

/// Folds what the sale wrote, as the scheduler would at night.
Result<void> show_fold(AdminClient& admin) {
    const std::string body = boost::json::serialize(
        boost::json::object{{"until", base::to_rfc3339(base::SystemClock().now())}});
    const auto run = admin.call("POST", "/admin/v1/compactions", body);
    if (!run) return run.failure();
    const auto finished = wait_for_run(admin, run->at("run").to_number<std::int64_t>());
    if (!finished) return finished.failure();
    const auto number = [&finished](std::string_view name) {
        return finished->at(name).to_number<std::int64_t>();
    };
    say(fmt::format("\nthe fold  {} event{} in, {} out, {} step{}; the history keeps them all",
                    rehearsal::grouped(number("eventsIn")), plural_of(number("eventsIn")),
                    rehearsal::grouped(number("eventsOut")), number("steps"),
                    plural_of(number("steps"))));
    return {};
}

/// Verifies the live store; how many rules are broken.
Result<std::int64_t> show_verification(const std::string& store) {
    auto snapshot = repository::open_store_for_audit(store);
    if (!snapshot) return snapshot.failure();
    std::int64_t broken = 0;
    auto verified = service::verify(**snapshot, [&](const service::CouponVerdict& verdict) {
        broken += verdict.violation_count;
        say(fmt::format("verify    coupon {}: stock {}, issued {}, history 1..{}: {}",
                        verdict.coupon_id.value, verdict.balance.stock, verdict.balance.issued,
                        verdict.balance.head.value,
                        verdict.violation_count == 0 ? "ok" : "BROKEN"));
    });
    if (!verified) return verified.failure();
    return broken;
}

Result<void> show_lines_to_try(const Sale& sale, const Nodes& nodes, const Minter& minter) {
    const auto customer = minter.mint("alice", false, trial_token_lifetime);
    if (!customer) return customer.failure();
    const auto admin = minter.mint("operator", true, trial_token_lifetime);
    if (!admin) return admin.failure();
    say(nodes.size() == 1 ? "\nIt stays up:" : "\nThe nodes stay up:");
    for (const ChildService& node : nodes) {
        say(fmt::format("  customers at http://{}, operators at http://{}",
                        to_text(node.public_endpoint()), to_text(node.admin_endpoint())));
    }
    // What one node writes, the next one knows.
    const std::string at = to_text(nodes.front().public_endpoint());
    const std::string other_at = to_text(nodes.back().public_endpoint());
    const std::string admin_at = to_text(nodes.back().admin_endpoint());
    say("\nTry:\n");
    say(fmt::format("ALICE={}\nADMIN={}\n", *customer, *admin));
    say(fmt::format(
        "curl -X POST http://{}/admin/v1/coupons/{}/inventory -H \"Authorization: Bearer $ADMIN\" "
        "-H 'Content-Type: application/json' -d '{{\"amount\": 500, \"reason\": \"restock\"}}'",
        admin_at, sale.crowd.coupon_id));
    say(fmt::format(
        "curl -X POST http://{}/api/v1/coupons/{}/me -H \"Authorization: Bearer $ALICE\"", at,
        sale.crowd.coupon_id));
    say(fmt::format("curl http://{}/api/v1/coupons/me -H \"Authorization: Bearer $ALICE\"",
                    other_at));
    say("\nCtrl-C ends it.");
    return {};
}

/// The demonstration, up to the point where it only stays up; whether everything held.
Result<bool> show_sale(const DemoCommand& command, const Premises& premises, const Nodes& nodes) {
    const MintAccess access{.auth = AuthenticationMode::jwt,
                            .store = premises.store(),
                            .jwt_secret_file = premises.key_file(),
                            .issuer = {},
                            .audience = {}};
    const auto minter = Minter::open(access);
    if (!minter) return minter.failure();
    auto fields = operator_identity(std::nullopt, std::nullopt, access);
    if (!fields) return fields.failure();
    AdminClient admin(nodes.back().admin_endpoint(), *std::move(fields));
    const auto sale = announce(admin, command, nodes, access);
    if (!sale) return sale.failure();
    const auto users = static_cast<std::int64_t>(command.users);
    say(fmt::format("{} coupon{}, {} user{}. Go.", rehearsal::grouped(sale->stock),
                    plural_of(sale->stock), rehearsal::grouped(users), plural_of(users)));

    const auto held = hold_sale(*sale, admin);
    if (!held) return held.failure();
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    fmt::print("{}", rehearsal::report_as_text(
                         sale->crowd, held->seen, held->audit,
                         is_terminal ? rehearsal::Colours::ansi : rehearsal::Colours::none));
    if (auto done = show_winner(*held, nodes, *minter); !done) return done.failure();
    if (auto done = show_fold(admin); !done) return done.failure();
    const auto broken = show_verification(premises.store());
    if (!broken) return broken.failure();
    if (!command.exits) {
        if (auto done = show_lines_to_try(*sale, nodes, *minter); !done) return done.failure();
    }
    return held->audit.is_clean() && *broken == 0;
}

}  // namespace

ExitCode demonstrate(const DemoCommand& command) {
    base::log::write_to_standard_error();
    const Shutdown shutdown;
    const auto premises = Premises::open(command.store);
    if (!premises) return complain(premises.failure());
    auto nodes = start_nodes(command, *premises);
    if (!nodes) return complain(nodes.failure());
    say(fmt::format("{} at {}, the books are {}",
                    nodes->size() == 1 ? "dibs serve answers" : "Several dibs serve answer",
                    addresses_of(*nodes), mask_passwords(premises->store())));

    const auto shown = show_sale(command, *premises, *nodes);
    if (!shown) return complain(shown.failure());
    if (!command.exits) static_cast<void>(shutdown.wait());
    const bool have_ended_well = stop_all(*nodes);
    return *shown && have_ended_well ? ExitCode::done : ExitCode::failed;
}

}  // namespace dibs::app
