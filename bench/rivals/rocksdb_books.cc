#include "rivals/rocksdb_books.h"

#include <memory>
#include <string>
#include <vector>

#include "rivals/rocksdb_rows.h"

// Who of a group holds the coupon already is asked in one call, by each user's first row: nearly
// nobody has one, and then the filters of the table say so without a block being read. Only whoever
// has a first row is walked.

namespace dibs::bench {

using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::UserId;
using repository::OpenCoupon;

namespace {

/// The newest event of a coupon; the zero balance if there is none.
Result<domain::Balance> read_rocksdb_head(const RocksdbTables& tables, CouponId coupon_id) {
    const std::string begin = coupon_key(coupon_id);
    const std::string end = coupon_key(CouponId{coupon_id.value + 1});
    const std::unique_ptr<rocksdb::Iterator> rows(
        tables.database().NewIterator({}, tables.inventory()));
    rows->SeekForPrev(end);
    if (!rows->status().ok()) return rocksdb_failure(rows->status());
    if (!rows->Valid() || !rows->key().starts_with(begin)) return domain::Balance{};
    const auto event = read_event_row(rows->key().ToStringView(), rows->value().ToStringView());
    if (!event) return event.failure();
    return event->balance_after();
}

Result<std::optional<Coupon>> read_rocksdb_coupon(const RocksdbTables& tables, CouponId coupon_id) {
    const std::string key = coupon_key(coupon_id);
    std::string row;
    const rocksdb::Status found = tables.database().Get({}, tables.coupons(), key, &row);
    if (found.IsNotFound()) return std::optional<Coupon>();
    if (!found.ok()) return rocksdb_failure(found);
    auto terms = read_terms_row(key, row);
    if (!terms) return terms.failure();
    const auto balance = read_rocksdb_head(tables, coupon_id);
    if (!balance) return balance.failure();
    return std::optional<Coupon>(
        Coupon(std::make_shared<const domain::CouponTerms>(*std::move(terms)), *balance));
}

/// All that one user holds of a coupon, from the row under `first_key` on.
Result<void> walk_held(const RocksdbTables& tables, const std::string& first_key,
                       domain::Holdings& holdings) {
    const std::string_view of_user(first_key.data(), first_key.size() - sizeof(std::int64_t));
    const std::unique_ptr<rocksdb::Iterator> rows(
        tables.database().NewIterator({}, tables.registered()));
    for (rows->Seek(first_key); rows->Valid() && rows->key().starts_with(of_user); rows->Next()) {
        auto held = read_registered_row(rows->key().ToStringView(), rows->value().ToStringView());
        if (!held) return held.failure();
        holdings.add(*std::move(held));
    }
    if (!rows->status().ok()) return rocksdb_failure(rows->status());
    return {};
}

Result<void> read_rocksdb_holders(const RocksdbTables& tables, CouponId coupon_id,
                                  std::span<const UserId* const> users,
                                  domain::Holdings& holdings) {
    std::vector<std::string> keys(users.size());
    std::vector<rocksdb::Slice> slices(users.size());
    std::vector<rocksdb::PinnableSlice> rows(users.size());
    std::vector<rocksdb::Status> found(users.size());
    for (std::size_t i = 0; i < users.size(); ++i) {
        write_registered_key(keys[i], *users[i], coupon_id, 1);
        slices[i] = keys[i];
    }
    tables.database().MultiGet({}, tables.registered(), users.size(), slices.data(), rows.data(),
                               found.data());
    for (std::size_t i = 0; i < users.size(); ++i) {
        if (found[i].IsNotFound()) continue;
        if (!found[i].ok()) return rocksdb_failure(found[i]);
        if (!holdings.of(*users[i]).empty()) continue;  // Named twice, read once.
        if (auto walked = walk_held(tables, keys[i], holdings); !walked) return walked;
    }
    return {};
}

}  // namespace

Result<OpenCoupon> RocksdbBooks::open(CouponId coupon_id, std::span<const UserId* const> users) {
    auto coupon = read_rocksdb_coupon(*tables_, coupon_id);
    if (!coupon) return coupon.failure();
    OpenCoupon opened{.coupon = *std::move(coupon), .holdings = {}};
    if (!opened.coupon) return opened;
    if (auto done = read_rocksdb_holders(*tables_, coupon_id, users, opened.holdings); !done) {
        return done.failure();
    }
    return opened;
}

Result<void> RocksdbBooks::append(std::span<const domain::RegisteredCouponCreate> creates) {
    for (const domain::RegisteredCouponCreate& create : creates) {
        batch_.put_event(to_issued_event(create));
        batch_.put_registered(to_registered(create));
    }
    return {};
}

Result<void> RocksdbBooks::commit() {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return batch_.write(synced);
}

}  // namespace dibs::bench
