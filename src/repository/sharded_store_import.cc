#include "repository/sharded_store_import.h"

#include <functional>

#include "repository/shard_map.h"
#include "repository/sharded_store.h"

namespace dibs::repository {

using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponInventoryHistory;
using domain::RegisteredCoupon;

namespace {

class ShardedImportPortion final : public ImportPortion {
public:
    explicit ShardedImportPortion(const std::vector<std::unique_ptr<StoreImport>>& servers)
        : map_(servers.size()), servers_(servers), portions_(servers.size()) {}

    Result<void> put_coupon(const domain::CouponTerms& coupon) override {
        return at_owner(coupon.id, [&](ImportPortion& at) { return at.put_coupon(coupon); });
    }
    Result<void> add_terms(const TermsInForce& version, std::int64_t number) override {
        return at_owner(version.terms.id,
                        [&](ImportPortion& at) { return at.add_terms(version, number); });
    }
    Result<void> add_history(std::span<const CouponInventoryHistory> events) override {
        return at_owners(events, &ImportPortion::add_history);
    }
    Result<void> add_registered(std::span<const RegisteredCoupon> registered) override {
        return at_owners(registered, &ImportPortion::add_registered);
    }
    Result<void> mark_returned(const RegisteredCoupon& registered) override {
        return at_owner(registered.coupon_id,
                        [&](ImportPortion& at) { return at.mark_returned(registered); });
    }
    Result<void> add_live(std::span<const CouponInventory> events) override {
        return at_owners(events, &ImportPortion::add_live);
    }
    Result<void> fold_live(const CouponInventory& cumulative) override {
        return at_owner(cumulative.coupon_id,
                        [&](ImportPortion& at) { return at.fold_live(cumulative); });
    }
    Result<void> put_compaction(const CompactionRun& run) override;
    Result<void> put_compaction_points(std::int64_t run,
                                       std::span<const CompactionPoint> points) override;
    Result<void> mark_unfinished(bool is_unfinished) override;
    Result<void> commit() override;

private:
    using Work = std::function<Result<void>(ImportPortion&)>;

    Result<void> at_server(std::size_t place, const Work& work) {
        if (!portions_[place]) {
            auto begun = servers_[place]->begin();
            if (!begun) return begun.failure();
            portions_[place] = *std::move(begun);
        }
        return work(*portions_[place]);
    }

    Result<void> at_owner(CouponId coupon_id, const Work& work) {
        return at_server(map_.place_of(coupon_id), work);
    }

    /// Hands each server those rows that are of its coupons, in their order.
    template <typename Row>
    Result<void> at_owners(std::span<const Row> rows,
                           Result<void> (ImportPortion::*add)(std::span<const Row>)) {
        std::vector<std::vector<Row>> rows_of(map_.count());
        for (const Row& row : rows) rows_of[map_.place_of(row.coupon_id)].push_back(row);
        for (std::size_t place = 0; place < rows_of.size(); ++place) {
            if (rows_of[place].empty()) continue;
            auto done =
                at_server(place, [&](ImportPortion& at) { return (at.*add)(rows_of[place]); });
            if (!done) return done;
        }
        return {};
    }

    const ShardMap map_;
    const std::vector<std::unique_ptr<StoreImport>>& servers_;
    std::vector<std::unique_ptr<ImportPortion>> portions_;
};

// What was folded is on record at the server that it is of; of a run that comes from elsewhere
// nobody knows any more which, so the first one has all of it.
Result<void> ShardedImportPortion::put_compaction(const CompactionRun& run) {
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        CompactionRun of_server = run;
        if (place > 0) of_server.events_in = of_server.events_out = of_server.steps = 0;
        auto done =
            at_server(place, [&](ImportPortion& at) { return at.put_compaction(of_server); });
        if (!done) return done;
    }
    return {};
}

Result<void> ShardedImportPortion::put_compaction_points(std::int64_t run,
                                                         std::span<const CompactionPoint> points) {
    std::vector<std::vector<CompactionPoint>> points_of(servers_.size());
    for (const CompactionPoint& point : points) {
        points_of[map_.place_of(point.coupon_id)].push_back(point);
    }
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        auto done = at_server(place, [&](ImportPortion& at) {
            return at.put_compaction_points(run, points_of[place]);
        });
        if (!done) return done;
    }
    return {};
}

Result<void> ShardedImportPortion::mark_unfinished(bool is_unfinished) {
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        auto done =
            at_server(place, [&](ImportPortion& at) { return at.mark_unfinished(is_unfinished); });
        if (!done) return done;
    }
    return {};
}

// The first server last: a run is on record there only when everybody else has it, and a copy is
// finished only when it is everywhere.
Result<void> ShardedImportPortion::commit() {
    for (std::size_t place = portions_.size(); place-- > 0;) {
        if (!portions_[place]) continue;
        if (auto done = portions_[place]->commit(); !done) {
            return about_server({place, portions_.size()}, done.failure());
        }
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<ImportPortion>> ShardedStoreImport::begin() {
    return std::unique_ptr<ImportPortion>(std::make_unique<ShardedImportPortion>(servers_));
}

Result<std::unique_ptr<AuditSnapshot>> ShardedStoreImport::open_snapshot() {
    return open_sharded_for_audit(urls_);
}

}  // namespace dibs::repository
