#include "repository/sharded_audit_snapshot.h"

#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "repository/merged_cursor.h"
#include "repository/sharded_compaction_repository.h"
#include "repository/snapshot_rows.h"

namespace dibs::repository {

using base::Result;
using domain::RegisteredCoupon;

namespace {

using Snapshots = std::vector<std::unique_ptr<AuditSnapshot>>;

/// All rows of a coupon come from one server, in the order that they have there.
struct ByCoupon {
    template <typename Row>
    bool operator()(const Row& first, const Row& second) const {
        return coupon_of(first) < coupon_of(second);
    }
};

struct ByUser {
    bool operator()(const RegisteredCoupon& first, const RegisteredCoupon& second) const {
        return std::tie(first.user_id, first.coupon_id) <
               std::tie(second.user_id, second.coupon_id);
    }
};

template <typename Row, typename IsBefore = ByCoupon>
Result<std::unique_ptr<Cursor<Row>>> merge(
    const Snapshots& servers, Result<std::unique_ptr<Cursor<Row>>> (AuditSnapshot::*open)()) {
    std::vector<std::unique_ptr<Cursor<Row>>> cursors;
    for (const auto& server : servers) {
        auto cursor = ((*server).*open)();
        if (!cursor) return cursor.failure();
        cursors.push_back(*std::move(cursor));
    }
    return std::unique_ptr<Cursor<Row>>(
        std::make_unique<MergedCursor<Row, IsBefore>>(std::move(cursors)));
}

/// Runs that were read already. They are one a day.
class RunCursor final : public Cursor<CompactionRun> {
public:
    explicit RunCursor(std::map<std::int64_t, CompactionRun> runs)
        : runs_(std::move(runs)), next_(runs_.begin()) {}

    Result<std::optional<CompactionRun>> next() override {
        if (next_ == runs_.end()) return std::optional<CompactionRun>();
        return std::optional<CompactionRun>((next_++)->second);
    }

private:
    const std::map<std::int64_t, CompactionRun> runs_;
    std::map<std::int64_t, CompactionRun>::const_iterator next_;
};

Result<std::map<std::int64_t, CompactionRun>> read_runs(AuditSnapshot& server) {
    std::map<std::int64_t, CompactionRun> runs;
    auto done = for_each_row(server.compactions(),
                             [&](const CompactionRun& run) { runs.emplace(run.run, run); });
    if (!done) return done.failure();
    return runs;
}

}  // namespace

Result<std::unique_ptr<Cursor<domain::CouponTerms>>> ShardedAuditSnapshot::coupons() {
    return merge<domain::CouponTerms>(servers_, &AuditSnapshot::coupons);
}

Result<std::unique_ptr<Cursor<TermsInForce>>> ShardedAuditSnapshot::terms() {
    return merge<TermsInForce>(servers_, &AuditSnapshot::terms);
}

Result<std::unique_ptr<Cursor<domain::CouponInventory>>> ShardedAuditSnapshot::live_events() {
    return merge<domain::CouponInventory>(servers_, &AuditSnapshot::live_events);
}

Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> ShardedAuditSnapshot::history() {
    return merge<domain::CouponInventoryHistory>(servers_, &AuditSnapshot::history);
}

Result<std::unique_ptr<Cursor<RegisteredCoupon>>> ShardedAuditSnapshot::registrations() {
    return merge<RegisteredCoupon>(servers_, &AuditSnapshot::registrations);
}

Result<std::unique_ptr<Cursor<RegisteredCoupon>>> ShardedAuditSnapshot::registrations_by_user() {
    return merge<RegisteredCoupon, ByUser>(servers_, &AuditSnapshot::registrations_by_user);
}

Result<std::unique_ptr<Cursor<CompactionRun>>> ShardedAuditSnapshot::compactions() {
    auto runs = read_runs(*servers_.front());
    if (!runs) return runs.failure();
    for (const auto& other : std::span(servers_).subspan(1)) {
        const auto of_other = read_runs(*other);
        if (!of_other) return of_other.failure();
        for (const auto& [number, run] : *of_other) {
            const auto found = runs->find(number);
            if (found != runs->end()) found->second = add_progress(found->second, run);
        }
    }
    return std::unique_ptr<Cursor<CompactionRun>>(std::make_unique<RunCursor>(*std::move(runs)));
}

Result<std::unique_ptr<Cursor<CompactionPoint>>> ShardedAuditSnapshot::compaction_points() {
    return merge<CompactionPoint>(servers_, &AuditSnapshot::compaction_points);
}

}  // namespace dibs::repository
