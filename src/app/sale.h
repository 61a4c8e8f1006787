#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/admin_client.h"
#include "base/result.h"
#include "rehearsal/audit.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/crowd_result.h"

namespace dibs::app {

/// A sale to be rehearsed: a crowd, and the coupon that it comes for.
struct Sale {
    rehearsal::CrowdOptions crowd;
    std::int64_t stock = 0;  ///< How many may be issued in all; of no account if others change it.
    std::int64_t issued_before = 0;  ///< Before the crowd came.
    std::int64_t limit_per_user = 1;
};

/// How a sale went, as the crowd saw it, and whether the books say the same.
struct SaleResult {
    rehearsal::CrowdResult seen;
    rehearsal::AuditReport audit;
};

/// Has the crowd spread over these nodes, of which there is at least one.
void send_to(rehearsal::CrowdOptions& crowd, const std::vector<Endpoint>& nodes);

/// Sends the crowd, with a live display on a terminal, and then compares what it was told with the
/// books; if these can't be read any more, the audit's `books_unread` says why. Blocks until both
/// are done. Fails: as `run_crowd` does.
[[nodiscard]] base::Result<SaleResult> hold_sale(const Sale& sale, AdminClient& admin);

/// The header lines for each user of a crowd: bearer tokens, minted once each beforehand, or the
/// headers of a trusted gateway. Fails: as the minting does.
[[nodiscard]] base::Result<rehearsal::IdentityHeaders> crowd_identity(const MintAccess& access);

}  // namespace dibs::app
