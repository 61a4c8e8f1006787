#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "load/bare_books.h"

// Embedded stores that are measured beside each other: the same rows, decided by the same code.

namespace dibs::bench {

/// A store in a folder of its own. Belongs to one thread.
class EngineStore {
public:
    virtual ~EngineStore() = default;

    /// A new coupon that is open now. Fails: unavailable, in_doubt.
    [[nodiscard]] virtual base::Result<domain::CouponId> offer(std::int64_t stock) = 0;
    [[nodiscard]] virtual OpenBooks books() = 0;
    /// What the store does between two groups while others wait. Fails: unavailable.
    [[nodiscard]] virtual base::Result<void> tidy() = 0;
    /// Does all that was put off, so that the log is of no use any more. Blocks for as long as it
    /// takes. Fails: unavailable.
    [[nodiscard]] virtual base::Result<void> settle() = 0;
    /// From here to its end nothing goes on in the background, so that the files can be copied as
    /// they are. Fails: unavailable.
    [[nodiscard]] virtual base::Result<void> hold_still() = 0;
    /// Fails: unavailable.
    [[nodiscard]] virtual base::Result<std::unique_ptr<repository::AuditSnapshot>>
    open_snapshot() = 0;
};

/// A kind of them.
struct Engine {
    std::string_view name;
    // How the files end that hold rows once the store has settled, and those of the log.
    std::string_view rows_in;
    std::string_view log_in;
    /// Opens the store in a folder, or makes it. Fails: unavailable, corrupted.
    base::Result<std::unique_ptr<EngineStore>> (*open)(const std::filesystem::path& folder);
    /// Makes a store with all rows of another, in a folder that is empty. Fails: unavailable.
    base::Result<void> (*take_in)(const std::filesystem::path& folder,
                                  const std::filesystem::path& sqlite_file);
};

extern const Engine sqlite_engine;
extern const Engine unguarded_sqlite_engine;
extern const Engine rocksdb_engine;

}  // namespace dibs::bench
