#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "app/commands.h"
#include "app/complaint.h"
#include "app/sale.h"
#include "base/clock.h"
#include "base/log.h"
#include "rehearsal/report.h"

namespace dibs::app {

namespace {

using base::Result;

// choice: a coupon for a rehearsal is open for a day, whatever the clocks of both sides say.
constexpr std::chrono::hours window_half{12};

Result<boost::json::object> find_or_create(AdminClient& admin, const RehearseCommand& command) {
    const base::Instant now = base::SystemClock().now();
    auto coupon = command.coupon_id
                      ? admin.call("GET", fmt::format("/admin/v1/coupons/{}", *command.coupon_id))
                      : admin.call("POST", "/admin/v1/coupons",
                                   write_create({.name = "Rehearsal",
                                                 .description = {},
                                                 .from = now - window_half,
                                                 .to = now + window_half,
                                                 .limit_per_user = 1,
                                                 .stock = command.stock}));
    if (!coupon) return coupon.failure();
    return coupon->as_object();
}

Sale plan(const RehearseCommand& command, const boost::json::object& coupon) {
    Sale sale;
    sale.issued_before = coupon.at("issued").to_number<std::int64_t>();
    sale.stock = sale.issued_before + coupon.at("stock").to_number<std::int64_t>();
    sale.limit_per_user = coupon.at("limitPerUser").to_number<std::int64_t>();
    send_to(sale.crowd, command.targets);
    sale.crowd.coupon_id = coupon.at("id").to_number<std::int64_t>();
    sale.crowd.user_count = static_cast<std::uint32_t>(command.users);
    // Users of their own for every rehearsal, or a second one on the same coupon would find them
    // holding it.
    sale.crowd.user_pattern =
        fmt::format("rehearsal-{}-########", base::to_microseconds(base::SystemClock().now()));
    sale.crowd.connection_count = command.connections == 0 ? command.users : command.connections;
    if (command.duration) {
        sale.crowd.mode =
            command.rate > 0 ? rehearsal::CrowdMode::open_loop : rehearsal::CrowdMode::closed_loop;
        sale.crowd.requests_per_second = static_cast<double>(command.rate);
        sale.crowd.duration = *command.duration;
    }
    return sale;
}

}  // namespace

ExitCode rehearse(const RehearseCommand& command) {
    base::log::write_to_standard_error();
    auto fields = operator_identity(std::nullopt, std::nullopt, command.access);
    if (!fields) return complain(fields.failure());
    AdminClient admin(command.admin, *std::move(fields));
    const auto coupon = find_or_create(admin, command);
    if (!coupon) return complain(coupon.failure());

    Sale sale = plan(command, *coupon);
    auto identity = crowd_identity(command.access);
    if (!identity) return complain(identity.failure());
    sale.crowd.identity = *std::move(identity);
    const auto held = hold_sale(sale, admin);
    if (!held) return complain(held.failure());
    if (command.is_json) {
        fmt::print("{}\n", rehearsal::report_as_json(sale.crowd, held->seen, held->audit));
    } else {
        const bool is_terminal = isatty(STDOUT_FILENO) == 1;
        fmt::print("{}", rehearsal::report_as_text(
                             sale.crowd, held->seen, held->audit,
                             is_terminal ? rehearsal::Colours::ansi : rehearsal::Colours::none));
    }
    if (!held->audit.books_unread.empty()) {
        return complain({base::FailureKind::unavailable,
                         "the books could not be read: " + held->audit.books_unread});
    }
    return held->audit.is_clean() ? ExitCode::done : ExitCode::failed;
}

}  // namespace dibs::app
