// Goal: a store on several plain PostgreSQL servers keeps every promise that every store keeps.
// Method: each suite of promises over two and over four servers, which are schemas of one real
// server here: nothing that is done over them knows that. What a user holds is looked for with the
// listings filled behind the commits, and with nobody who fills them.

#include "contract/suites.h"
#include "support/postgres_server.h"

namespace dibs::contract {
namespace {

class ShardedPlace final : public StorePlace {
public:
    ShardedPlace(int server_count, bool is_filled) : is_filled_(is_filled) {
        for (const std::string& url : test::PostgresServer::shared().fresh_schemas(server_count)) {
            url_ += (url_.empty() ? "" : " ") + url;
        }
    }

    [[nodiscard]] std::string url() const override { return url_; }
    [[nodiscard]] repository::StoreOptions options() const override {
        return {.allows_fsync_off = true, .fills_listings = is_filled_};
    }

private:
    const bool is_filled_;
    std::string url_;
};

StoreKind servers(int count) {
    return {std::to_string(count) + "Servers",
            [count] { return std::make_unique<ShardedPlace>(count, true); }};
}

StoreKind unfilled_servers(int count) {
    return {std::to_string(count) + "UnfilledServers",
            [count] { return std::make_unique<ShardedPlace>(count, false); }};
}

const auto kinds = testing::Values(servers(2), servers(4));

// Where what every call costs is counted, nobody else runs statements.
const auto unfilled = testing::Values(unfilled_servers(2), unfilled_servers(4));

std::string name_of_kind(const testing::TestParamInfo<StoreKind>& tested) {
    return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(Store, BooksContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CouponsContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, StockContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, RegistrationsContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Unfilled, RegistrationsContract, unfilled, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CompactionContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, FoldingContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CompactionRunContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, AuditContract, unfilled, name_of_kind);

}  // namespace
}  // namespace dibs::contract
