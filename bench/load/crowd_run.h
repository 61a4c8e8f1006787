#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/result.h"
#include "load/crowd.h"
#include "load/processor_times.h"
#include "load/service_process.h"
#include "load/shop.h"

namespace dibs::bench {

/// Announces so many coupons. Fails: unavailable.
[[nodiscard]] base::Result<Offer> announce(Shop& shop, std::size_t coupon_count,
                                           std::int64_t stock);

/// What one crowd came to.
struct CrowdRun {
    std::uint64_t answered = 0;
    double per_second = 0;
    std::chrono::nanoseconds p50{0};
    std::chrono::nanoseconds p99{0};
    std::chrono::nanoseconds p999{0};       ///< What one in a thousand took longer than.
    ProcessorTimes service;                 ///< What the service spent meanwhile.
    std::chrono::nanoseconds generator{0};  ///< And the crowd itself.
    ShopCounts counts;                      ///< What the shop did meanwhile.
};

/// The figures of what a crowd saw, of answers of every kind.
[[nodiscard]] CrowdRun run_of(const rehearsal::CrowdResult& seen);

// Each of these blocks until its crowd is through and was looked at. A crowd that gets any other
// answer, or none, is no figure. All fail with unavailable, and with corrupted if an answer or the
// audit is not as it must be.

/// Sends a crowd to a shop and notes what it cost; what it was told is the caller's to look at.
[[nodiscard]] base::Result<std::pair<CrowdRun, rehearsal::CrowdResult>> send_counted(
    Shop& shop, const rehearsal::CrowdOptions& options);

/// Users whom nobody has seen before ask for the coupons in turn; all are issued. The audit holds
/// every answer against the books.
[[nodiscard]] base::Result<CrowdRun> sell(Shop& shop, Offer& offer, const CrowdSize& size);

/// The same with a coupon that is announced for it, so that the audit reads the registrations of
/// this crowd only. The store keeps those of all the others.
[[nodiscard]] base::Result<CrowdRun> sell_new_coupon(Shop& shop, const CrowdSize& size);

/// `sell` at several nodes of one store at once: a crowd for each, with its share of the
/// connections. A node may be named more than once. All are audited together, from the first node's
/// books. What the service spent is not measured.
[[nodiscard]] base::Result<CrowdRun> sell_at_nodes(const std::vector<Shop*>& nodes, Offer& offer,
                                                   const CrowdSize& size);

/// The same at somebody else's service, whose books somebody else audits.
[[nodiscard]] base::Result<CrowdRun> sell_elsewhere(const ServiceProcess& service,
                                                    std::int64_t coupon_id, const CrowdSize& size);

/// Users whom nobody has seen before ask for a coupon that is sold out; all are told so.
[[nodiscard]] base::Result<CrowdRun> turn_away(Shop& shop, const Offer& offer,
                                               const CrowdSize& size);

/// Asks for what costs nothing but HTTP: `GET /`, with the same header as a customer's request.
[[nodiscard]] base::Result<CrowdRun> knock(Shop& shop, const CrowdSize& size);

/// Lets new users have what is left of a coupon, until one is told that it is sold out.
[[nodiscard]] base::Result<void> sell_out(Shop& shop, Offer& offer, std::size_t connections);

}  // namespace dibs::bench
