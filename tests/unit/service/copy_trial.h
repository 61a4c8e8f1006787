#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "repository/store.h"
#include "service/copy_service.h"
#include "service/store_fingerprint.h"
#include "support/postgres_server.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

// Stores to copy, of each kind, with everything in them that a store can have.

namespace dibs::service {

/// Where a fresh store can be made; its URL.
class CopyPlaces {
public:
    [[nodiscard]] std::string fresh(bool is_postgres) {
        if (is_postgres) return test::PostgresServer::shared().fresh_database();
        return "sqlite:" + directory_.file(std::to_string(++count_) + ".db");
    }

private:
    test::TemporaryDirectory directory_;
    int count_ = 0;
};

[[nodiscard]] inline std::unique_ptr<repository::Store> open_store_of_test(const std::string& url) {
    repository::StoreOptions options;
    options.allows_fsync_off = true;
    return test::must(repository::open_store(url, {.role = "test", .call_at = {}}, options));
}

/// Folds what was created before `until`; with `is_left_unfinished` only the first few events.
inline void fold_store(repository::Store& store, base::Instant until,
                       bool is_left_unfinished = false) {
    using test::must;
    auto& compactions = store.compactions();
    const auto run = must(compactions.claim(until, repository::CompactionTrigger::command, until));
    must(compactions.add_points(run.run,
                                must(compactions.find_points(until, domain::CouponId{0}, 1'000))));
    must(compactions.freeze(run.run));
    while (true) {
        const auto portion =
            must(compactions.next_portion(run.run, is_left_unfinished ? 5 : 1'000));
        if (portion.events.is_empty()) break;
        auto cumulative = must(portion.events.reduce_to_cumulative());
        must(compactions.replace(run.run, cumulative, portion.event_count));
        if (is_left_unfinished) return;
    }
    must(compactions.finish(run.run, until));
}

/// Lets so many users get the coupon, one group.
inline void sell(repository::Store& store, domain::CouponId coupon_id, const std::string& name,
                 int count, base::Instant at = test::noon) {
    test::RepositoryShop shop(store.coupons());
    std::vector<test::Asking> group;
    for (int i = 0; i < count; ++i) {
        group.emplace_back(name + std::to_string(i), "key " + std::to_string(i), at);
    }
    shop.ask_together(coupon_id, group);
}

[[nodiscard]] inline StoreFingerprint fingerprint_at(const std::string& url) {
    return test::must(fingerprint_of(*test::must(repository::open_store_for_audit(url))));
}

}  // namespace dibs::service
