#include "simulation/simulated_store.h"

#include <algorithm>
#include <utility>

#include "simulation/tables.h"

namespace dibs::simulation {

using base::Result;
using repository::Cursor;

namespace {

class SimulatedWatch final : public repository::StreamWatch {
public:
    explicit SimulatedWatch(Server& server) : server_(server) {}

    Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) override {
        server_.conductor().wait([this] { return server_.notices() != heard_; },
                                 std::chrono::microseconds(patience).count());
        heard_ = server_.notices();
        const Time longest = std::chrono::microseconds(answer_time).count();
        if (auto passed = server_.pass_within("watch", longest); !passed) return passed.failure();
        std::vector<domain::CouponId> moved;
        for (const auto& [coupon_id, sequence] : known) {
            const auto head = server_.rows().find(coupon_id.value)->history.size();
            if (std::cmp_not_equal(head, sequence.value)) moved.push_back(coupon_id);
        }
        // The answer is on its way: what it says is already of the past.
        server_.conductor().sleep(server_.random().between(0, 500));
        return moved;
    }

private:
    Server& server_;
    std::uint64_t heard_ = 0;
};

template <typename Row>
class RowsCursor final : public Cursor<Row> {
public:
    explicit RowsCursor(std::vector<Row> rows) : rows_(std::move(rows)) {}
    Result<std::optional<Row>> next() override {
        if (place_ == rows_.size()) return std::optional<Row>();
        return std::optional<Row>(rows_[place_++]);
    }

private:
    std::vector<Row> rows_;
    std::size_t place_ = 0;
};

/// Everything as it is when the cursors are made; for when nothing happens any more.
class SimulatedSnapshot final : public repository::AuditSnapshot {
public:
    explicit SimulatedSnapshot(StoreRows& rows) : rows_(rows) {}

    Result<std::unique_ptr<Cursor<domain::CouponTerms>>> coupons() override {
        std::vector<domain::CouponTerms> all;
        std::int64_t id = 0;
        for (const CouponRows& rows : rows_.coupons) {
            all.push_back(to_terms(++id, rows.terms.back()));
        }
        return cursor(std::move(all));
    }
    Result<std::unique_ptr<Cursor<repository::TermsInForce>>> terms() override {
        std::vector<repository::TermsInForce> all;
        std::int64_t id = 0;
        for (const CouponRows& rows : rows_.coupons) {
            ++id;
            for (const TermsRow& row : rows.terms) {
                all.push_back({.terms = to_terms(id, row),
                               .after = domain::Sequence{row.after},
                               .announced_at = base::from_microseconds(row.announced_at)});
            }
        }
        return cursor(std::move(all));
    }
    Result<std::unique_ptr<Cursor<domain::CouponInventory>>> live_events() override {
        return events(&CouponRows::live);
    }
    Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> history() override {
        return events(&CouponRows::history);
    }
    Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations() override {
        return cursor(registered());
    }
    Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations_by_user() override {
        auto all = registered();
        std::ranges::stable_sort(all, {}, [](const domain::RegisteredCoupon& one) {
            return std::pair(one.user_id, one.coupon_id);
        });
        return cursor(std::move(all));
    }
    // Who verifies asks for no runs.
    Result<std::unique_ptr<Cursor<repository::CompactionRun>>> compactions() override {
        return cursor(std::vector<repository::CompactionRun>());
    }
    Result<std::unique_ptr<Cursor<repository::CompactionPoint>>> compaction_points() override {
        return cursor(std::vector<repository::CompactionPoint>());
    }

private:
    template <typename Row>
    static Result<std::unique_ptr<Cursor<Row>>> cursor(std::vector<Row> rows) {
        return std::unique_ptr<Cursor<Row>>(std::make_unique<RowsCursor<Row>>(std::move(rows)));
    }
    Result<std::unique_ptr<Cursor<domain::CouponInventory>>> events(
        std::vector<EventRow> CouponRows::*table) {
        std::vector<domain::CouponInventory> all;
        for (const CouponRows& rows : rows_.coupons) {
            for (const EventRow& row : rows.*table) all.push_back(to_event(row));
        }
        return cursor(std::move(all));
    }
    std::vector<domain::RegisteredCoupon> registered() {
        std::vector<domain::RegisteredCoupon> all;
        for (const CouponRows& rows : rows_.coupons) {
            for (const RegisteredRow& row : rows.registered) all.push_back(to_registered(row));
        }
        return all;
    }

    StoreRows& rows_;
};

}  // namespace

std::vector<std::unique_ptr<repository::StreamWatch>> SimulatedStore::watch_streams() {
    std::vector<std::unique_ptr<repository::StreamWatch>> watches;
    if (has_other_writers()) watches.push_back(std::make_unique<SimulatedWatch>(server_));
    return watches;
}

Result<std::unique_ptr<repository::AuditSnapshot>> SimulatedStore::open_snapshot() {
    return std::unique_ptr<repository::AuditSnapshot>(
        std::make_unique<SimulatedSnapshot>(server_.rows()));
}

}  // namespace dibs::simulation
