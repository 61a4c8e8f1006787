// Goal: machines are told whether the service lives, whether it is ready, and how it does.
// Method: the operators' listener with a store that fails when it is told to, and a service that
// begins to leave.

#include "controller/health_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using base::FailureKind;
using test::StoreStep;
using testing::HasSubstr;

http::ClientResponse look(const RunningApi& api, const std::string& target) {
    return api.operate_as({}, "GET", target);  // Machines have no credentials.
}

TEST(Health, IsAliveWhateverTheStoreDoes) {
    RunningApi api;
    api.faults().fail_next(StoreStep::check, FailureKind::unavailable);
    for (const char* target : {"/livez", "/healthz"}) {
        EXPECT_EQ(told(look(api, target)), "200");
        EXPECT_EQ(look(api, target).body, R"({"status":"alive"})");
    }
}

TEST(Health, IsReadyWhileTheStoreAnswers) {
    RunningApi api;
    EXPECT_EQ(told(look(api, "/readyz")), "200");
    EXPECT_THAT(look(api, "/readyz").body, HasSubstr(R"({"status":"ready","durability":")"));
    for (const auto kind : {FailureKind::unavailable, FailureKind::invalid}) {
        api.faults().fail_next(StoreStep::check, kind);
        EXPECT_EQ(told(look(api, "/readyz")), "503 store-unavailable");
    }
    EXPECT_EQ(told(look(api, "/readyz")), "200") << "and is again when the store is back";
}

TEST(Health, IsNotReadyWhileItLeavesButAlive) {
    RunningApi api;
    api.health().begin_drain();
    EXPECT_EQ(told(look(api, "/readyz")), "503 shutting-down");
    EXPECT_EQ(told(look(api, "/livez")), "200");
}

TEST(Health, ShowsItsMetricsAsPrometheusReadsThem) {
    RunningApi api;
    const auto page = look(api, "/metrics");
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.field("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(page.body, HasSubstr("# TYPE dibs_issue_total counter\n"));
}

TEST(Health, IsNobodysBusinessOnThePublicListener) {
    RunningApi api;
    for (const char* target : {"/livez", "/healthz", "/readyz", "/metrics"}) {
        EXPECT_EQ(told(api.ask("GET", target)), "404 not-found") << target;
    }
}

}  // namespace
}  // namespace dibs::controller
