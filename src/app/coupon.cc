#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "app/admin_client.h"
#include "app/commands.h"
#include "app/complaint.h"
#include "base/log.h"

// `dibs coupon`: the operators' API from a terminal. `--json` prints what the API answered; without
// it, a line or a table for people.

namespace dibs::app {

namespace {

using boost::json::object;
using boost::json::value;

std::string_view text_of(const object& row, std::string_view name) {
    return row.at(name).as_string();
}

std::int64_t number_of(const object& row, std::string_view name) {
    return row.at(name).to_number<std::int64_t>();
}

void print_coupon(const object& coupon) {
    fmt::print("{:>8}  {}  {}  stock {:>10}  issued {:>10}  {}\n", number_of(coupon, "id"),
               text_of(coupon, "from"), text_of(coupon, "to"), number_of(coupon, "stock"),
               number_of(coupon, "issued"), text_of(coupon, "name"));
}

void print_event(const object& event) {
    const auto* const user = event.if_contains("userId");
    const auto* const reason = event.if_contains("reason");
    fmt::print("{:>8}  {}  {:<10}  {:>+8}  stock {:>10}  issued {:>10}  {}{}{}\n",
               number_of(event, "sequence"), text_of(event, "createdAt"), text_of(event, "kind"),
               number_of(event, "amount"), number_of(event, "stockAfter"),
               number_of(event, "issuedAfter"), user ? std::string_view(user->as_string()) : "",
               user && reason ? "  " : "", reason ? std::string_view(reason->as_string()) : "");
}

void print_stock(const object& stock) {
    fmt::print("coupon {} at {}: stock {}, issued {}\n", number_of(stock, "couponId"),
               text_of(stock, "at"), number_of(stock, "stock"), number_of(stock, "issued"));
}

/// One call of the API, and how its answer is shown.
struct Errand {
    std::string method;
    std::string target;
    std::string body;
    bool is_listing = false;
    void (*print)(const object&) = nullptr;
};

/// `?name=value` for each value that is set; `+` needs escaping, and RFC 3339 in UTC has none.
std::string query_of(
    std::initializer_list<std::pair<std::string_view, std::optional<base::Instant>>> times) {
    std::string query;
    for (const auto& [name, time] : times) {
        if (!time) continue;
        query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, base::to_rfc3339(*time));
    }
    return query;
}

struct ToErrand {
    Errand operator()(const CreateCoupon& create) const {
        return {"POST", "/admin/v1/coupons", write_create(create), false, print_coupon};
    }
    Errand operator()(const ListCoupons&) const {
        return {"GET", "/admin/v1/coupons", {}, true, print_coupon};
    }
    Errand operator()(const ShowCoupon& show) const {
        return {"GET", fmt::format("/admin/v1/coupons/{}", show.id), {}, false, print_coupon};
    }
    Errand operator()(const ShowStock& show) const {
        return {"GET",
                fmt::format("/admin/v1/coupons/{}/stock{}", show.id, query_of({{"at", show.at}})),
                {},
                false,
                print_stock};
    }
    Errand operator()(const AddStock& add) const {
        return {"POST", fmt::format("/admin/v1/coupons/{}/inventory", add.id),
                boost::json::serialize(object{{"amount", add.amount}, {"reason", add.reason}}),
                false, print_event};
    }
    Errand operator()(const ShowHistory& show) const {
        return {"GET",
                fmt::format("/admin/v1/coupons/{}/history{}", show.id,
                            query_of({{"from", show.from}, {"to", show.to}})),
                {},
                true,
                print_event};
    }
};

}  // namespace

ExitCode manage_coupons(const CouponCommand& command) {
    base::log::write_to_standard_error();
    auto identity = operator_identity(command.token, command.token_file, command.access);
    if (!identity) return complain(identity.failure());
    AdminClient client(command.admin, *std::move(identity));
    const Errand errand = std::visit(ToErrand(), command.action);

    if (!errand.is_listing) {
        const auto answer = client.call(errand.method, errand.target, errand.body);
        if (!answer) return complain(answer.failure());
        if (command.is_json) {
            fmt::print("{}\n", boost::json::serialize(*answer));
        } else {
            errand.print(answer->as_object());
        }
        return ExitCode::done;
    }
    const auto rows = client.list(errand.target);
    if (!rows) return complain(rows.failure());
    for (const value& row : *rows) {
        if (command.is_json) {
            fmt::print("{}\n", boost::json::serialize(row));
        } else {
            errand.print(row.as_object());
        }
    }
    return ExitCode::done;
}

}  // namespace dibs::app
