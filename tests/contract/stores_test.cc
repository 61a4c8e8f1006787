// Goal: every kind of store keeps every promise. Method: each suite of promises, once per kind.

#include "contract/suites.h"
#include "support/temporary_directory.h"

namespace dibs::contract {
namespace {

class SqlitePlace final : public StorePlace {
public:
    [[nodiscard]] std::string url() const override {
        return "sqlite:" + directory_.file("test.db");
    }

private:
    test::TemporaryDirectory directory_;
};

StoreKind sqlite() {
    return {"Sqlite", [] { return std::make_unique<SqlitePlace>(); }};
}

const auto kinds = testing::Values(sqlite());

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
