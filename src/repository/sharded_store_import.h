#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "repository/store_import.h"

namespace dibs::repository {

/// Takes rows into a store of several servers, each coupon's into its owner. A portion is a
/// transaction at each server that has some of it; they are made durable one after another. So
/// where the commit is cut off some coupons have come further than others, each of them whole.
class ShardedStoreImport final : public StoreImport {
public:
    /// One for each server of `urls`, in their order, all of which know their places.
    ShardedStoreImport(std::vector<std::string> urls,
                       std::vector<std::unique_ptr<StoreImport>> servers)
        : urls_(std::move(urls)), servers_(std::move(servers)) {}

    base::Result<std::unique_ptr<ImportPortion>> begin() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;

private:
    const std::vector<std::string> urls_;
    const std::vector<std::unique_ptr<StoreImport>> servers_;
};

}  // namespace dibs::repository
