#include "app/sale.h"

#include <fmt/format.h>

#include <memory>
#include <span>
#include <utility>

#include "app/minting.h"
#include "base/clock.h"
#include "rehearsal/crowd.h"
#include "rehearsal/live_display.h"

namespace dibs::app {

using base::Result;
using rehearsal::ListedRegistration;

namespace {

// choice: longer than any rehearsal.
constexpr std::chrono::seconds crowd_token_lifetime{24 * 3600};

Result<std::vector<ListedRegistration>> read_all_registrations(AdminClient& admin,
                                                               std::int64_t coupon_id) {
    const std::string target =
        fmt::format("/admin/v1/coupons/{}/registrations?limit=1000", coupon_id);
    std::vector<ListedRegistration> all;
    std::string cursor;
    while (true) {
        const auto body = admin.fetch(
            "GET", cursor.empty() ? target : fmt::format("{}&cursor={}", target, cursor));
        if (!body) return body.failure();
        auto page = rehearsal::read_listing(*body);
        if (!page) return page.failure();
        for (ListedRegistration& item : page->items) all.push_back(std::move(item));
        if (page->next.empty()) return all;
        cursor = page->next;
    }
}

rehearsal::StoredBooks books_behind(AdminClient& admin, std::int64_t coupon_id) {
    return {.of_user = {},
            .of_coupon = [&admin, coupon_id] { return read_all_registrations(admin, coupon_id); },
            .stock = [&admin, coupon_id]() -> Result<rehearsal::StockBody> {
                const auto body =
                    admin.fetch("GET", fmt::format("/admin/v1/coupons/{}/stock", coupon_id));
                if (!body) return body.failure();
                return rehearsal::read_stock(*body);
            }};
}

}  // namespace

void send_to(rehearsal::CrowdOptions& crowd, const std::vector<Endpoint>& nodes) {
    crowd.host = nodes.front().host;
    crowd.port = nodes.front().port;
    crowd.other_nodes.clear();
    for (const Endpoint& node : std::span(nodes).subspan(1)) {
        crowd.other_nodes.push_back({node.host, node.port});
    }
}

Result<SaleResult> hold_sale(const Sale& sale, AdminClient& admin) {
    const base::SystemClock clock;
    Result<rehearsal::CrowdResult> seen = [&] {
        rehearsal::LiveDisplay display(rehearsal::Screen::standard_output(), sale.stock);
        return rehearsal::run_crowd(sale.crowd, display, clock);
    }();
    if (!seen) return seen.failure();
    const rehearsal::AuditTerms terms{.coupon_id = sale.crowd.coupon_id,
                                      .limit_per_user = sale.limit_per_user,
                                      .stock = sale.stock,
                                      .issued_before = sale.issued_before,
                                      .is_of_crowd = {}};
    auto audit = rehearsal::audit(*seen, terms, books_behind(admin, sale.crowd.coupon_id));
    if (audit) return SaleResult{*std::move(seen), *std::move(audit)};
    // What the crowd saw cannot be had again: it is told whatever became of the books.
    rehearsal::AuditReport of_answers = rehearsal::audit(*seen, terms);
    of_answers.books_unread = audit.failure().what;
    return SaleResult{*std::move(seen), std::move(of_answers)};
}

Result<rehearsal::IdentityHeaders> crowd_identity(const MintAccess& access) {
    if (access.auth == AuthenticationMode::trusted_header) {
        return rehearsal::IdentityHeaders(
            [](std::string_view user) { return fmt::format("X-User-Id: {}", user); });
    }
    auto opened = Minter::open(access);
    if (!opened) return opened.failure();
    auto minter = std::make_shared<const Minter>(*std::move(opened));
    return rehearsal::IdentityHeaders([minter](std::string_view user) {
        const auto token = minter->mint(std::string(user), false, crowd_token_lifetime);
        return token ? "Authorization: Bearer " + *token : std::string();
    });
}

}  // namespace dibs::app
