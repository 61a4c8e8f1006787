#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "load/service_process.h"
#include "load/shop.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/crowd_result.h"

namespace dibs::bench {

// Crowds, and what they must have seen to count. What `crowd_run.h` has is made of these.

/// How a crowd comes, from one thread of this process.
struct CrowdSize {
    std::size_t connections = 0;
    std::chrono::milliseconds duration{0};
    /// Of an open loop, in which a latency counts from the moment at which its request was due; 0:
    /// a closed one.
    double per_second = 0;
};

/// Coupons on sale, one after the other by id, and how many of each were issued so far.
struct Offer {
    std::int64_t first_coupon_id = 0;
    std::int64_t stock = 0;            ///< Of each.
    std::vector<std::int64_t> issued;  ///< One for each coupon.
};

/// People who have never been here.
[[nodiscard]] rehearsal::CrowdOptions new_customers(const ServiceProcess& service,
                                                    const CrowdSize& size);

/// The same, who want these coupons.
[[nodiscard]] rehearsal::CrowdOptions customers_of(const Shop& shop, const Offer& offer,
                                                   const CrowdSize& size);

/// Sends a crowd. Blocks until it is through.
/// Fails: unavailable, invalid (it was too small for the time that it was given).
[[nodiscard]] base::Result<rehearsal::CrowdResult> send(const rehearsal::CrowdOptions& options);

/// Sends several at the same time, each from a thread of its own. Fails: as `send`.
[[nodiscard]] base::Result<std::vector<rehearsal::CrowdResult>> send_at_once(
    const std::vector<rehearsal::CrowdOptions>& crowds);

/// Whether everybody got the same kind of answer, with that code where it is a refusal.
/// Fails: corrupted.
[[nodiscard]] base::Result<void> expect(const rehearsal::CrowdResult& seen,
                                        rehearsal::AnswerKind kind, std::string_view code = {});

/// An arrival is stamped by the node that it came to, before the order among nodes is known.
enum class SeenBy : std::uint8_t { one_node, several_nodes };

/// Holds every 201 of a crowd against the books of its coupon, and counts what was issued of each.
/// Fails: unavailable, corrupted.
[[nodiscard]] base::Result<void> audit_sale(Shop& shop, Offer& offer, rehearsal::CrowdResult seen,
                                            SeenBy seen_by = SeenBy::one_node);

}  // namespace dibs::bench
