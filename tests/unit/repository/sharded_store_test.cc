// Goal: several servers are one store: nobody opens a part of it, coupons of one server need no
// other one, and what is away is told from what is not there.
// Method: stores over schemas of one server, opened rightly and wrongly; and one store over two
// real servers, of which one is stopped.

#include "repository/sharded_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "database/postgres_connection.h"
#include "repository/postgres_shard.h"
#include "support/listing.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using database::PostgresConnection;
using domain::CouponId;
using domain::IssueOutcome;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::PostgresServer;
using test::user;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using namespace std::chrono_literals;

std::string in_list(const std::vector<std::string>& urls) {
    std::string list;
    for (const std::string& url : urls) list += (list.empty() ? "" : " ") + url;
    return list;
}

base::Result<std::unique_ptr<Store>> try_to_open(const std::vector<std::string>& urls,
                                                 std::chrono::milliseconds patience = 5s) {
    return open_store(in_list(urls), {.role = "test", .call_at = {}},
                      {.patience = patience, .allows_fsync_off = true});
}

std::string refusal_of(const std::vector<std::string>& urls) {
    const auto opened = try_to_open(urls);
    if (opened) return "opened";
    EXPECT_EQ(opened.failure().kind, FailureKind::invalid) << opened.failure().what;
    EXPECT_THAT(opened.failure().what, Not(HasSubstr("\n")));
    return opened.failure().what;
}

std::string new_server() {
    return PostgresServer::shared().fresh_schema();
}

TEST(ShardedStoreOpening, RefusesEveryListThatIsNotTheStores) {
    const std::string a = new_server();
    const std::string b = new_server();
    const std::string c = new_server();
    {
        const auto store = must(try_to_open({a, b}));
        must(store->coupons().create(a_coupon().with_stock(1).create(), noon));
    }
    EXPECT_TRUE(try_to_open({a, b}));
    EXPECT_THAT(refusal_of({b, a}), HasSubstr("in their order"));
    EXPECT_THAT(refusal_of({a, a}), HasSubstr("server 2 of the list is number 1"));
    EXPECT_THAT(refusal_of({a, b, c}), HasSubstr("is one of 2, and the list has 3"));
    EXPECT_THAT(refusal_of({a, c}), HasSubstr("server 2 of the list is empty"));
    EXPECT_THAT(refusal_of({a}), HasSubstr("number 1 of 2 of a store: name all of them"));
    EXPECT_THAT(refusal_of({b}), HasSubstr("number 2 of 2"));
    EXPECT_TRUE(try_to_open({a, b})) << "none of that has changed anything";

    // Whoever reads or writes by another way is told the same.
    EXPECT_EQ(kind_of(open_store_for_audit(a)), FailureKind::invalid);
    EXPECT_EQ(kind_of(open_store_for_audit(in_list({b, a}))), FailureKind::invalid);
    EXPECT_EQ(kind_of(open_store_to_import(a)), FailureKind::invalid);
    EXPECT_EQ(kind_of(open_store_to_import(in_list({b, a}))), FailureKind::invalid);
    EXPECT_EQ(kind_of(open_store_to_copy(b)), FailureKind::invalid);
    EXPECT_EQ(kind_of(migrate_store(in_list({b, a}))), FailureKind::invalid);
    EXPECT_TRUE(open_store_for_audit(in_list({a, b})));
}

TEST(ShardedStoreOpening, TakesNoServerThatIsAStoreOfItsOwn) {
    const std::string alone = new_server();
    const std::string other = new_server();
    must(must(try_to_open({alone}))->coupons().create(a_coupon().create(), noon));
    EXPECT_THAT(refusal_of({alone, other}),
                HasSubstr("server 1 of the list is a store of its own"));
    EXPECT_THAT(refusal_of({other, alone}),
                HasSubstr("server 2 of the list is a store of its own"));
    EXPECT_TRUE(try_to_open({alone}));
    EXPECT_TRUE(try_to_open({other})) << "nothing was written there either";
}

TEST(ShardedStoreOpening, IsTheSameStoreForAllWhoOpenItAtOnce) {
    const std::vector<std::string> urls{new_server(), new_server(), new_server()};
    for (const std::string& url : urls) must(migrate_store(url));
    std::vector<std::future<std::string>> opening;
    for (int i = 0; i < 6; ++i) {
        opening.push_back(std::async(std::launch::async, [&] { return refusal_of(urls); }));
    }
    for (auto& opened : opening) EXPECT_EQ(opened.get(), "opened");
    std::set<std::string> names;
    for (const std::string& url : urls) {
        names.insert(PostgresServer::shared().psql(url, "SELECT store FROM shard"));
    }
    EXPECT_EQ(names.size(), 1U);
}

// The first server was read while it was new, and the second one after both had got their places.
TEST(ShardedStoreOpening, IsNotRefusedAsItsPlacesAreGivenWhileTheyAreRead) {
    const PostgresServer& server = PostgresServer::shared();
    const std::vector<std::string> urls{new_server(), new_server()};
    for (const std::string& url : urls) must(migrate_store(url));
    const auto give_place = [](int place) {
        return fmt::format(
            "INSERT INTO shard (is_this, store, place, count) VALUES (true, 'a', {}, 2);"
            "UPDATE shard SET is_whole = true",
            place);
    };
    const auto deadline = base::SystemClock().steady_now() + 60s;
    auto holder = must(PostgresConnection::open(urls[1], deadline));
    must(holder.run({"BEGIN", {}}, deadline));
    must(holder.run({"LOCK TABLE shard", {}}, deadline));
    auto taking = std::async(std::launch::async, [&] { return take_places(urls); });
    const std::string_view waiting_sql =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'shard'::regclass";
    while (taking.wait_for(1ms) != std::future_status::ready &&
           server.psql(urls[1], waiting_sql) == "0") {
    }
    server.psql(urls[0], give_place(0));
    must(holder.execute(give_place(1) + "; COMMIT", deadline));

    const auto taken = taking.get();
    EXPECT_TRUE(taken) << taken.failure().what;
}

// A session that serves requests would be told after 180 ms that the lock can't be had.
TEST(ShardedStoreOpening, WaitsLongerForItsPlacesThanARequestMay) {
    const PostgresServer& server = PostgresServer::shared();
    const std::vector<std::string> urls{new_server(), new_server()};
    for (const std::string& url : urls) must(migrate_store(url));
    const auto deadline = base::SystemClock().steady_now() + 60s;
    auto holder = must(PostgresConnection::open(urls[1], deadline));
    must(holder.execute("BEGIN; LOCK TABLE shard", deadline));
    auto opening = std::async(std::launch::async, [&] {
        const auto opened = try_to_open(urls, 200ms);
        return opened ? std::string("opened") : opened.failure().what;
    });
    const std::string_view waiting_sql =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'shard'::regclass";
    while (opening.wait_for(1ms) != std::future_status::ready &&
           server.psql(urls[1], waiting_sql) == "0") {
    }
    EXPECT_EQ(opening.wait_for(500ms), std::future_status::timeout) << "it waits";
    must(holder.execute("COMMIT", deadline));
    EXPECT_EQ(opening.get(), "opened");
}

TEST(ShardedStoreOpening, SaysWhichServerItIsAbout) {
    const auto opened = try_to_open({new_server(), "postgresql://postgres@127.0.0.1:1/nowhere"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.failure().kind, FailureKind::unavailable);
    EXPECT_THAT(opened.failure().what, HasSubstr("server 2 of 2: "));
}

TEST(ShardedStoreIssuing, EverySaleIsItsOwnHoweverManyThereAre) {
    const auto store = must(try_to_open({new_server(), new_server(), new_server()}));
    test::RepositoryShop shop(store->coupons());
    constexpr int sale_count = 6;
    constexpr int stock = 20;
    std::vector<CouponId> ids;
    for (int i = 0; i < sale_count; ++i) ids.push_back(shop.offer(a_coupon().with_stock(stock)));
    std::vector<std::future<int>> crowds;
    for (int crowd = 0; crowd < 4; ++crowd) {
        crowds.push_back(std::async(std::launch::async, [&, crowd] {
            int issued = 0;
            for (int i = 0; i < 10; ++i) {
                const std::string name = std::to_string(crowd) + "-" + std::to_string(i);
                for (const CouponId id : ids) {
                    if (shop.ask(id, Asking(name)).outcome == IssueOutcome::issued) ++issued;
                }
            }
            return issued;
        }));
    }
    int issued = 0;
    for (auto& crowd : crowds) issued += crowd.get();
    EXPECT_EQ(issued, sale_count * stock);
    for (const CouponId id : ids) {
        EXPECT_EQ(must(store->coupons().find(id)).value().balance(),
                  (domain::Balance{Sequence{stock + 1}, 0, stock}));
    }
}

TEST(ShardedStoreIssuing, MakesEachIdOnce) {
    const std::vector<std::string> urls{new_server(), new_server()};
    const auto store = must(try_to_open(urls));
    std::vector<std::future<std::set<CouponId>>> makers;
    for (int maker = 0; maker < 4; ++maker) {
        makers.push_back(std::async(std::launch::async, [&] {
            std::set<CouponId> made;
            for (int i = 0; i < 10; ++i) {
                made.insert(test::RepositoryShop(store->coupons()).offer(a_coupon()));
            }
            return made;
        }));
    }
    std::set<CouponId> all;
    for (auto& maker : makers) all.merge(maker.get());
    EXPECT_EQ(all.size(), 40U);
    for (std::size_t place = 0; place < 2; ++place) {
        EXPECT_EQ(PostgresServer::shared().psql(
                      urls[place],
                      "SELECT count(*) FROM coupon WHERE id % 2 <> " + std::to_string(place)),
                  "0")
            << "each lies where its id says";
    }
}

TEST(ShardedStoreOutage, TakesNoOtherServersCouponsAlong) {
    PostgresServer away;
    PostgresServer there;
    const std::vector<std::string> urls{away.fresh_database(), there.fresh_database()};
    const auto store = must(try_to_open(urls, 2s));
    test::RepositoryShop shop(store->coupons());
    const CouponId there_id = shop.offer(a_coupon().limit(9).with_stock(99));  // 1
    const CouponId away_id = shop.offer(a_coupon().limit(9).with_stock(99));   // 2
    shop.ask(away_id, Asking("alice", noon));
    ASSERT_TRUE(store->check());
    EXPECT_THAT(store->facts().durability, Not(HasSubstr("does not answer")));

    away.stop();
    // Its own can't be had.
    const auto books = must(store->coupons().open_books());
    EXPECT_EQ(kind_of(books->open(away_id, {})), FailureKind::unavailable);
    EXPECT_EQ(kind_of(store->coupons().find(away_id)), FailureKind::unavailable);
    // The others' can, and new ones can be made.
    EXPECT_EQ(shop.ask(there_id, Asking("alice", noon + 1s)).outcome, IssueOutcome::issued);
    const CouponId newer = shop.offer(a_coupon().with_stock(1));
    EXPECT_EQ(ShardMap(2).place_of(newer), 1U);
    EXPECT_EQ(shop.ask(newer, Asking("bob")).outcome, IssueOutcome::issued);
    // A listing that may lack something is none.
    EXPECT_EQ(kind_of(test::list_registered(store->coupons(), user("alice"), std::nullopt, 10)),
              FailureKind::unavailable);
    EXPECT_EQ(kind_of(store->coupons().list(CouponId{0}, 10)), FailureKind::unavailable);
    // It can do something, and says what it can't.
    EXPECT_TRUE(store->check());
    EXPECT_THAT(store->facts().durability,
                AllOf(HasSubstr("server 1 of 2: "), HasSubstr("does not answer now")));
    EXPECT_THAT(try_to_open(urls, 1s).failure().what, HasSubstr("server 1 of 2: "));

    away.start();
    while (!store->coupons().find(away_id)) {
    }
    EXPECT_TRUE(store->check());
    EXPECT_THAT(store->facts().durability, Not(HasSubstr("does not answer")));
    EXPECT_EQ(
        must(test::list_registered(store->coupons(), user("alice"), std::nullopt, 10)).rows.size(),
        2U);
    there.stop();
    away.stop();
    EXPECT_EQ(kind_of(store->check()), FailureKind::unavailable) << "none of them answers";
}

TEST(ShardedStoreWatch, HearsOfARestockAtAnyServer) {
    const std::vector<std::string> urls{new_server(), new_server()};
    const auto store = must(try_to_open(urls));
    const auto elsewhere = must(try_to_open(urls));
    test::RepositoryShop shop(store->coupons());
    const CouponId first = shop.offer(a_coupon().with_stock(1));
    const CouponId second = shop.offer(a_coupon().with_stock(1));
    const auto watches = store->watch_streams();
    ASSERT_THAT(watches, testing::SizeIs(2));
    for (const CouponId id : {second, first}) {
        StreamWatch& watch = *watches[ShardMap(2).place_of(id)];
        const std::vector<std::pair<CouponId, Sequence>> known{{id, Sequence{1}}};
        EXPECT_THAT(must(watch.wait_for_news(known, 10ms)), testing::IsEmpty());
        must(elsewhere->coupons().change_stock(id, domain::InventoryKind::stocked, 1, "", noon));
        EXPECT_THAT(must(watch.wait_for_news(known, 10ms)), testing::ElementsAre(id));
    }
}

TEST(ShardedStoreWatch, SeesTheOthersWhileOneIsSilent) {
    PostgresServer silent;
    const std::vector<std::string> urls{silent.fresh_database(), new_server()};
    const auto store = must(try_to_open(urls, 60s));
    test::RepositoryShop shop(store->coupons());
    const CouponId there = shop.offer(a_coupon().with_stock(1));   // 1
    const CouponId hidden = shop.offer(a_coupon().with_stock(1));  // 2
    const auto watches = store->watch_streams();
    const auto look = [&](CouponId id, std::int64_t head) {
        return watches[ShardMap(2).place_of(id)]->wait_for_news({{id, Sequence{head}}}, 10ms);
    };
    must(look(hidden, 1));
    silent.pause();
    const auto begun = base::SystemClock().steady_now();
    EXPECT_EQ(kind_of(look(hidden, 1)), FailureKind::unavailable);
    EXPECT_LT(base::SystemClock().steady_now() - begun, 10s) << "and not as long as a request";
    must(store->coupons().change_stock(there, domain::InventoryKind::stocked, 1, "", noon));
    EXPECT_THAT(must(look(there, 1)), testing::ElementsAre(there));
    silent.resume();
}

}  // namespace
}  // namespace dibs::repository
