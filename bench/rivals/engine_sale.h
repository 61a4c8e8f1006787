#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "load/new_users.h"
#include "rehearsal/latency_histogram.h"
#include "rivals/engine.h"

namespace dibs::bench {

/// One coupon of a store, sold to new users in groups of one size. Belongs to one thread.
class EngineSale {
public:
    /// `store` must outlive the sale. Fails: as the store.
    [[nodiscard]] static base::Result<EngineSale> open(EngineStore& store, std::size_t group_size);

    /// Sells to one group, and lets the store do its housekeeping; how long both took.
    /// Fails: as the store, and corrupted (somebody was refused).
    [[nodiscard]] base::Result<std::chrono::nanoseconds> sell_group();

    /// The same again and again until the store's own time is up; how long it took.
    [[nodiscard]] base::Result<std::chrono::nanoseconds> sell_for(
        std::chrono::nanoseconds duration, rehearsal::LatencyHistogram& groups);

    /// How many users were told that they have it.
    [[nodiscard]] std::int64_t issued() const { return issued_; }

private:
    EngineSale(EngineStore& store, domain::CouponId coupon_id, std::size_t group_size)
        : books_(store.books()), store_(&store), coupon_id_(coupon_id), group_size_(group_size) {}

    OpenBooks books_;
    EngineStore* store_;
    domain::CouponId coupon_id_;
    std::size_t group_size_;
    std::int64_t issued_ = 0;
    std::unique_ptr<NewUsers> users_ = std::make_unique<NewUsers>();
};

/// Copies a store's files into a folder that is empty, and waits until the disk has them.
/// Fails: unavailable.
[[nodiscard]] base::Result<void> copy_store(const std::filesystem::path& from,
                                            const std::filesystem::path& to);

/// How large the files are whose names end like that.
[[nodiscard]] double bytes_of_files(const std::filesystem::path& folder, std::string_view ending);

/// Opens a store anew and reads everything back: every rule of the books, and that as many have a
/// coupon as were told so. Fails: as the store, and corrupted.
[[nodiscard]] base::Result<void> audit_engine(const Engine& engine,
                                              const std::filesystem::path& folder,
                                              std::int64_t expected);

}  // namespace dibs::bench
