#include "rivals/rocksdb_snapshot.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "rivals/rocksdb_rows.h"

namespace dibs::bench {

using base::Result;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using repository::CompactionPoint;
using repository::CompactionRun;
using repository::Cursor;
using repository::TermsInForce;

namespace {

/// The rows of a column family, in the order of its keys.
template <typename Row>
class RocksdbCursor final : public Cursor<Row> {
public:
    using Reader = Result<Row> (*)(std::string_view key, std::string_view row);

    RocksdbCursor(std::unique_ptr<rocksdb::Iterator> rows, Reader read)
        : rows_(std::move(rows)), read_(read) {
        rows_->SeekToFirst();
    }

    Result<std::optional<Row>> next() override {
        if (!rows_->Valid()) {
            if (!rows_->status().ok()) return rocksdb_failure(rows_->status());
            return std::optional<Row>();
        }
        auto row = read_(rows_->key().ToStringView(), rows_->value().ToStringView());
        if (!row) return row.failure();
        rows_->Next();
        return std::optional<Row>(*std::move(row));
    }

private:
    std::unique_ptr<rocksdb::Iterator> rows_;
    Reader read_;
};

/// Rows that are in memory.
template <typename Row>
class GatheredCursor final : public Cursor<Row> {
public:
    explicit GatheredCursor(std::vector<Row> rows) : rows_(std::move(rows)) {}

    Result<std::optional<Row>> next() override {
        if (next_ == rows_.size()) return std::optional<Row>();
        return std::optional<Row>(std::move(rows_[next_++]));
    }

private:
    std::vector<Row> rows_;
    std::size_t next_ = 0;
};

Result<TermsInForce> read_only_version(std::string_view key, std::string_view row) {
    auto terms = read_terms_row(key, row);
    if (!terms) return terms.failure();
    const base::Instant announced_at = terms->created_at;
    return TermsInForce{
        .terms = *std::move(terms), .after = domain::Sequence{0}, .announced_at = announced_at};
}

}  // namespace

RocksdbSnapshot::RocksdbSnapshot(const RocksdbTables& tables)
    : tables_(&tables), moment_(&tables.database()) {}

std::unique_ptr<rocksdb::Iterator> RocksdbSnapshot::rows_of(rocksdb::ColumnFamilyHandle* family) {
    rocksdb::ReadOptions options;
    options.snapshot = moment_.snapshot();
    // All of it is read once: nothing is gained by keeping it.
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>(tables_->database().NewIterator(options, family));
}

Result<std::unique_ptr<Cursor<CouponTerms>>> RocksdbSnapshot::coupons() {
    return std::unique_ptr<Cursor<CouponTerms>>(
        std::make_unique<RocksdbCursor<CouponTerms>>(rows_of(tables_->coupons()), read_terms_row));
}

Result<std::unique_ptr<Cursor<TermsInForce>>> RocksdbSnapshot::terms() {
    return std::unique_ptr<Cursor<TermsInForce>>(std::make_unique<RocksdbCursor<TermsInForce>>(
        rows_of(tables_->coupons()), read_only_version));
}

Result<std::unique_ptr<Cursor<CouponInventory>>> RocksdbSnapshot::live_events() {
    return std::unique_ptr<Cursor<CouponInventory>>(
        std::make_unique<RocksdbCursor<CouponInventory>>(rows_of(tables_->inventory()),
                                                         read_event_row));
}

Result<std::unique_ptr<Cursor<CouponInventory>>> RocksdbSnapshot::history() {
    return std::unique_ptr<Cursor<CouponInventory>>(
        std::make_unique<RocksdbCursor<CouponInventory>>(rows_of(tables_->history()),
                                                         read_event_row));
}

Result<std::unique_ptr<Cursor<RegisteredCoupon>>> RocksdbSnapshot::registrations() {
    RocksdbCursor<RegisteredCoupon> by_user(rows_of(tables_->registered()), read_registered_row);
    std::vector<RegisteredCoupon> rows;
    while (true) {
        auto row = by_user.next();
        if (!row) return row.failure();
        if (!*row) break;
        rows.push_back(**std::move(row));
    }
    std::ranges::sort(rows, {}, &RegisteredCoupon::id);
    return std::unique_ptr<Cursor<RegisteredCoupon>>(
        std::make_unique<GatheredCursor<RegisteredCoupon>>(std::move(rows)));
}

Result<std::unique_ptr<Cursor<RegisteredCoupon>>> RocksdbSnapshot::registrations_by_user() {
    return std::unique_ptr<Cursor<RegisteredCoupon>>(
        std::make_unique<RocksdbCursor<RegisteredCoupon>>(rows_of(tables_->registered()),
                                                          read_registered_row));
}

Result<std::unique_ptr<Cursor<CompactionRun>>> RocksdbSnapshot::compactions() {
    return std::unique_ptr<Cursor<CompactionRun>>(
        std::make_unique<GatheredCursor<CompactionRun>>(std::vector<CompactionRun>()));
}

Result<std::unique_ptr<Cursor<CompactionPoint>>> RocksdbSnapshot::compaction_points() {
    return std::unique_ptr<Cursor<CompactionPoint>>(
        std::make_unique<GatheredCursor<CompactionPoint>>(std::vector<CompactionPoint>()));
}

}  // namespace dibs::bench
