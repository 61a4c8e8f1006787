// Goal: a store that was filled past the guards is as if people had come: the audit finds nothing,
// and the guards are back. Method: small fillings, verified, sold from, and written to by hand.

#include "load/filled_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "database/sqlite_connection.h"
#include "load/bare_store.h"

namespace dibs::bench {
namespace {

using database::SqliteConnection;

Workshop workshop() {
    return {.dibs = {},
            .count_calls = {},
            .rival_service = {},
            .folder = std::filesystem::temp_directory_path(),
            .form = {}};
}

std::int64_t count_in(const FilledStore& store, std::string_view sql) {
    auto connection = SqliteConnection::open((store.folder.path() / "dibs.db").string(),
                                             SqliteConnection::Mode::read_only);
    EXPECT_TRUE(connection.is_ok());
    return connection->read_integer(sql).value();
}

TEST(FilledStore, StandsUpToTheAudit) {
    for (const bool is_live : {false, true}) {
        const auto store = fill_store(workshop(), {.issues = 1'000, .is_live = is_live});
        ASSERT_TRUE(store.is_ok()) << store.failure().what;
        auto bare = BareStore::open_at(store->url);
        ASSERT_TRUE(bare.is_ok()) << bare.failure().what;
        EXPECT_TRUE(bare->verify().is_ok());
        EXPECT_TRUE(bare->issue_group(domain::CouponId{1}, 10).is_ok());
        EXPECT_TRUE(bare->decide_one(domain::CouponId{1}).is_ok());
        const auto verified = bare->verify();
        EXPECT_TRUE(verified.is_ok()) << verified.failure().what;
        EXPECT_EQ(count_in(*store, "SELECT count(*) FROM registered_coupon"), 1'010);
        EXPECT_EQ(count_in(*store, "SELECT count(*) FROM coupon_inventory"),
                  is_live ? 1'001 + 10 : 1 + 10);
    }
}

TEST(FilledStore, HasItsGuardsBack) {
    const auto store = fill_store(workshop(), {.issues = 10});
    ASSERT_TRUE(store.is_ok()) << store.failure().what;
    auto connection = SqliteConnection::open((store->folder.path() / "dibs.db").string(),
                                             SqliteConnection::Mode::write);
    ASSERT_TRUE(connection.is_ok());
    EXPECT_FALSE(connection->execute("DELETE FROM coupon_inventory_history").is_ok());
    EXPECT_FALSE(connection->execute("DELETE FROM coupon_inventory").is_ok());
    EXPECT_FALSE(connection->execute("UPDATE registered_coupon SET rank = rank + 1").is_ok());
}

TEST(FilledStore, SaysWhenItsLastEventWas) {
    const auto store = fill_store(workshop(), {.issues = 100, .is_live = true});
    ASSERT_TRUE(store.is_ok()) << store.failure().what;
    const auto count_before = [&](std::int64_t moment) {
        return count_in(*store, "SELECT count(*) FROM coupon_inventory WHERE created_at < " +
                                    std::to_string(moment));
    };
    EXPECT_EQ(count_before(base::to_microseconds(store->ended_at)), 101);
    EXPECT_EQ(count_before(base::to_microseconds(store->ended_at) - 1), 100);
}

TEST(FilledStore, MayBeEmpty) {
    const auto store = fill_store(workshop(), {.issues = 0, .is_live = true});
    ASSERT_TRUE(store.is_ok()) << store.failure().what;
    auto bare = BareStore::open_at(store->url);
    ASSERT_TRUE(bare.is_ok());
    EXPECT_TRUE(bare->issue_group(domain::CouponId{1}, 1).is_ok());
    EXPECT_TRUE(bare->verify().is_ok());
}

}  // namespace
}  // namespace dibs::bench
