// Goal: a store in PostgreSQL keeps every promise that every store keeps. Method: each suite of
// promises on one real server, each test in a schema of its own.

#include "contract/suites.h"
#include "support/postgres_server.h"

namespace dibs::contract {
namespace {

class PostgresPlace final : public StorePlace {
public:
    [[nodiscard]] std::string url() const override { return url_; }
    [[nodiscard]] repository::StoreOptions options() const override {
        return {.allows_fsync_off = true};
    }

private:
    const std::string url_ = test::PostgresServer::shared().fresh_schema();
};

StoreKind postgres() {
    return {"Postgres", [] { return std::make_unique<PostgresPlace>(); }};
}

const auto kinds = testing::Values(postgres());

std::string name_of_kind(const testing::TestParamInfo<StoreKind>& tested) {
    return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(Store, BooksContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CouponsContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, StockContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, RegistrationsContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CompactionContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, FoldingContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, CompactionRunContract, kinds, name_of_kind);
INSTANTIATE_TEST_SUITE_P(Store, AuditContract, kinds, name_of_kind);

}  // namespace
}  // namespace dibs::contract
