// Goal: a coupon's books can be read as they are: live, historical, at any moment, and who is
// registered, in pages and as one long download.
// Method: a coupon with a little of everything in its books, over the operators' API; a listing
// that is longer than one piece of a download.

#include "controller/books_controller.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "support/shop.h"
#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using test::a_coupon;
using test::must;
using test::noon;
using testing::ElementsAre;

using namespace std::chrono_literals;

class BooksApi : public testing::Test {
protected:
    [[nodiscard]] std::string place(std::string_view what) const {
        return fmt::format("/admin/v1/coupons/{}/{}", coupon_, what);
    }
    /// The sequences of a listing's items.
    [[nodiscard]] std::vector<std::int64_t> sequences(const std::string& target) const {
        const auto response = api_.operate("GET", target);
        EXPECT_EQ(told(response), "200") << target;
        std::vector<std::int64_t> all;
        const auto body = body_of(response);
        for (const auto& item : body.at("items").as_array()) {
            all.push_back(item.at("sequence").as_int64());
        }
        return all;
    }
    /// All of a listing, page by page.
    [[nodiscard]] std::vector<std::int64_t> all_sequences(const std::string& target,
                                                          int limit) const {
        std::vector<std::int64_t> all;
        std::string cursor;
        while (true) {
            const std::string page = fmt::format("{}?limit={}{}{}", target, limit,
                                                 cursor.empty() ? "" : "&cursor=", cursor);
            for (const std::int64_t sequence : sequences(page)) all.push_back(sequence);
            const auto body = body_of(api_.operate("GET", page));
            if (body.at("next").is_null()) return all;
            cursor = body.at("next").as_string();
        }
    }

    RunningApi api_;
    // Stocked at noon; issued to ann at noon, to bob an hour later, and then taken back from ann.
    std::int64_t coupon_ = [this] {
        const auto id = api_.offer(a_coupon().with_stock(5));
        static_cast<void>(api_.issue(id, "ann"));
        api_.clock().advance(1h);
        static_cast<void>(api_.issue(id, "bob"));
        api_.clock().advance(1h);
        static_cast<void>(
            api_.operate("POST", fmt::format("/admin/v1/registrations/{}-2/return", id)));
        return id;
    }();
};

TEST_F(BooksApi, LiveEventsAndHistoryAreTheSameUntilTheFold) {
    EXPECT_THAT(sequences(place("inventory")), ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(api_.operate("GET", place("inventory")).body,
              api_.operate("GET", place("history")).body);
    must(api_.compactions().run(noon + 1h, repository::CompactionTrigger::command));
    EXPECT_THAT(sequences(place("inventory")), ElementsAre(2, 3, 4));
    EXPECT_THAT(sequences(place("history")), ElementsAre(1, 2, 3, 4));
}

TEST_F(BooksApi, AreReadPageByPage) {
    for (const int limit : {1, 3, 4, 1'000}) {
        EXPECT_THAT(all_sequences(place("inventory"), limit), ElementsAre(1, 2, 3, 4)) << limit;
        EXPECT_THAT(all_sequences(place("history"), limit), ElementsAre(1, 2, 3, 4)) << limit;
        EXPECT_THAT(all_sequences(place("registrations"), limit), ElementsAre(2, 3)) << limit;
    }
}

TEST_F(BooksApi, HistoryIsReadBetweenTwoMoments) {
    EXPECT_THAT(sequences(place("history?from=2026-11-27T13:00:00Z")), ElementsAre(3, 4));
    EXPECT_THAT(sequences(place("history?to=2026-11-27T13:00:00Z")), ElementsAre(1, 2, 3));
    EXPECT_THAT(sequences(place("history?from=2026-11-27T12:00:00.000001Z&"
                                "to=2026-11-27T13:59:59.999999Z")),
                ElementsAre(3));
    EXPECT_EQ(text_of(api_.operate("GET", place("history?from=noon")), "field"), "from");
    EXPECT_EQ(text_of(api_.operate("GET", place("history?to=noon")), "field"), "to");
}

TEST_F(BooksApi, AnEventIsFoundByItsPlace) {
    EXPECT_EQ(text_of(api_.operate("GET", place("history/3")), "userId"), "bob");
    for (const char* number : {"0", "5", "-1", "x", "9007199254740992"}) {
        EXPECT_EQ(told(api_.operate("GET", place(fmt::format("history/{}", number)))),
                  "404 event-not-found")
            << number;
    }
}

TEST_F(BooksApi, TheStockAtAnyMoment) {
    const auto stock_at = [&](std::string_view query) {
        const auto body = body_of(api_.operate("GET", place(fmt::format("stock{}", query))));
        return fmt::format("{} at {}", body.at("stock").as_int64(),
                           std::string_view(body.at("at").as_string()));
    };
    EXPECT_EQ(stock_at(""), "4 at 2026-11-27T14:00:00.000000Z");
    EXPECT_EQ(stock_at("?at=2026-11-27T13:59:59.999999Z"), "3 at 2026-11-27T13:59:59.999999Z");
    EXPECT_EQ(stock_at("?at=2026-11-27T13:00:00Z"), "3 at 2026-11-27T13:00:00.000000Z");
    EXPECT_EQ(stock_at("?at=2026-11-27T12:59:59.999999Z"), "4 at 2026-11-27T12:59:59.999999Z");
    EXPECT_EQ(stock_at("?at=2000-01-01T00:00:00Z"), "0 at 2000-01-01T00:00:00.000000Z");
    EXPECT_EQ(text_of(api_.operate("GET", place("stock?at=now")), "field"), "at");
}

TEST_F(BooksApi, RegistrationsShowWhoHoldsAndWhoHeld) {
    const auto body = body_of(api_.operate("GET", place("registrations")));
    const auto& items = body.at("items").as_array();
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].at("userId").as_string(), "ann");
    EXPECT_EQ(items[0].at("status").as_string(), "returned");
    EXPECT_EQ(items[1].at("userId").as_string(), "bob");
    EXPECT_EQ(items[1].at("rank").as_int64(), 2);
}

TEST_F(BooksApi, ACursorOfOneListingIsNoneOfAnother) {
    const std::string cursor = text_of(api_.operate("GET", place("inventory?limit=1")), "next");
    for (const char* other : {"history", "registrations"}) {
        EXPECT_EQ(told(api_.operate("GET", place(fmt::format("{}?cursor={}", other, cursor)))),
                  "400 invalid-request")
            << other;
    }
}

TEST_F(BooksApi, OfNoCouponAreNotFound) {
    for (const char* what : {"inventory", "history", "history/1", "stock", "registrations"}) {
        for (const char* id : {"999", "x", "0"}) {
            EXPECT_EQ(told(api_.operate("GET", fmt::format("/admin/v1/coupons/{}/{}", id, what))),
                      "404 coupon-not-found")
                << id << what;
        }
    }
    EXPECT_EQ(told(api_.operate("GET", "/admin/v1/coupons/999/registrations", {},
                                {{"Accept", "text/csv"}})),
              "404 coupon-not-found");
}

TEST_F(BooksApi, AllRegistrationsAreDownloadedAsCommaSeparatedValues) {
    const auto response = api_.operate("GET", place("registrations"), {}, {{"Accept", "text/csv"}});
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.field("content-type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(response.field("content-disposition"),
              fmt::format("attachment; filename=\"registrations-{}.csv\"", coupon_));
    EXPECT_EQ(response.body,
              fmt::format("id,couponId,sequence,userId,nth,rank,registeredAt,status\r\n"
                          "{0}-2,{0},2,ann,1,1,2026-11-27T12:00:00.000000Z,returned\r\n"
                          "{0}-3,{0},3,bob,1,2,2026-11-27T13:00:00.000000Z,active\r\n",
                          coupon_));
}

TEST_F(BooksApi, OnlyWhoWantsCommaSeparatedValuesGetsThem) {
    const auto type_for = [&](const std::string& accept) -> std::string {
        const auto response = api_.operate("GET", place("registrations"), {}, {{"Accept", accept}});
        return std::string(response.field("content-type").value_or(""));
    };
    for (const char* accept : {"text/csv;q=0", "*/*", "application/json, text/csv;q=0.5"}) {
        EXPECT_EQ(type_for(accept), "application/json") << accept;
    }
    for (const char* accept :
         {"text/csv;q=0.1", "application/json;q=0.5, text/csv", "text/csv, application/json"}) {
        EXPECT_EQ(type_for(accept), "text/csv; charset=utf-8; header=present") << accept;
    }
}

TEST_F(BooksApi, ADownloadOfSeveralPiecesIsWhole) {
    // A piece has 1,000 rows: with 2,500, the last of three is a part of one.
    const auto id = api_.offer(a_coupon().with_stock(2'500));
    std::vector<test::Asking> askings;
    for (int i = 0; i < 2'500; ++i) askings.emplace_back(fmt::format("user-{}", i));
    test::RepositoryShop(api_.store().coupons()).ask_together(domain::CouponId{id}, askings);
    const auto response = api_.operate("GET", fmt::format("/admin/v1/coupons/{}/registrations", id),
                                       {}, {{"Accept", "text/csv"}});
    EXPECT_EQ(std::ranges::count(response.body, '\n'), 2'501);
    EXPECT_TRUE(response.body.starts_with("id,couponId"));
    for (int i = 0; i < 2'500; ++i) {
        ASSERT_NE(response.body.find(fmt::format(",user-{},1,{},", i, i + 1)), std::string::npos);
    }
}

TEST_F(BooksApi, ADownloadOfNothingHasItsHeader) {
    const auto id = api_.offer(a_coupon());
    const auto response = api_.operate("GET", fmt::format("/admin/v1/coupons/{}/registrations", id),
                                       {}, {{"Accept", "text/csv"}});
    EXPECT_EQ(response.body, "id,couponId,sequence,userId,nth,rank,registeredAt,status\r\n");
}

}  // namespace
}  // namespace dibs::controller
