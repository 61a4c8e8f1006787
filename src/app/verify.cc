#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/complaint.h"
#include "app/plural.h"
#include "base/log.h"
#include "repository/store.h"
#include "service/verification_service.h"

namespace dibs::app {

namespace {

using service::CouponVerdict;

/// What is wrong, by the rules' numbers; of one rule in the order in which it was found.
std::vector<service::Violation> by_rule(std::vector<service::Violation> violations) {
    std::ranges::stable_sort(violations, {}, &service::Violation::rule);
    return violations;
}

void print_verdict(const CouponVerdict& verdict) {
    fmt::print("coupon {} \"{}\": stock {}, issued {}, history 1..{}, {} live event{}: {}\n",
               verdict.coupon_id.value, verdict.name, verdict.balance.stock, verdict.balance.issued,
               verdict.balance.head.value, verdict.live_event_count,
               plural_of(verdict.live_event_count), verdict.violation_count == 0 ? "ok" : "BROKEN");
    for (const service::Violation& broken : verdict.violations) {
        fmt::print("  rule {} ({}): {}\n", broken.rule, service::rule_text(broken.rule),
                   broken.row);
    }
    const auto shown = static_cast<std::int64_t>(verdict.violations.size());
    if (verdict.violation_count > shown) {
        fmt::print("  and {} more\n", verdict.violation_count - shown);
    }
}

std::string to_json(const CouponVerdict& verdict) {
    std::string json = fmt::format(R"({{"couponId":{},"name":)", verdict.coupon_id.value);
    base::log::append_json_string(json, verdict.name);
    fmt::format_to(std::back_inserter(json),
                   R"(,"stock":{},"issued":{},"sequence":{},"liveEvents":{},"ok":{},"broken":[)",
                   verdict.balance.stock, verdict.balance.issued, verdict.balance.head.value,
                   verdict.live_event_count, verdict.violation_count == 0);
    for (const service::Violation& broken : verdict.violations) {
        if (&broken != &verdict.violations.front()) json += ',';
        fmt::format_to(std::back_inserter(json), R"({{"rule":{},"row":)", broken.rule);
        base::log::append_json_string(json, broken.row);
        json += '}';
    }
    fmt::format_to(std::back_inserter(json), R"(],"brokenCount":{}}})", verdict.violation_count);
    return json;
}

}  // namespace

ExitCode verify(const VerifyCommand& command) {
    base::log::write_to_standard_error();
    auto snapshot = repository::open_store_for_audit(command.store);
    if (!snapshot) return complain(snapshot.failure());

    std::int64_t coupon_count = 0;
    std::int64_t violation_count = 0;
    if (command.is_json) fmt::print(R"({{"coupons":[)");
    const auto verified = service::verify(**snapshot, [&](CouponVerdict verdict) {
        verdict.violations = by_rule(std::move(verdict.violations));
        if (command.coupon_id && *command.coupon_id != verdict.coupon_id.value) return;
        violation_count += verdict.violation_count;
        if (command.is_json) {
            fmt::print("{}{}", coupon_count == 0 ? "" : ",", to_json(verdict));
        } else {
            print_verdict(verdict);
        }
        ++coupon_count;
    });
    if (command.is_json) {
        fmt::print(R"(],"ok":{},"brokenCount":{}}})"
                   "\n",
                   verified && violation_count == 0, violation_count);
    }
    if (!verified) return complain({base::FailureKind::corrupted, verified.failure().what});
    if (command.coupon_id && coupon_count == 0) {
        return complain(
            {base::FailureKind::refused, fmt::format("there is no coupon {}", *command.coupon_id)});
    }
    if (!command.is_json) {
        fmt::print("{} coupon{} verified, {} rule{} broken.\n", coupon_count,
                   plural_of(coupon_count), violation_count, plural_of(violation_count));
    }
    return violation_count == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace dibs::app
