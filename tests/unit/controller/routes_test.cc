// Goal: customers' and operators' APIs have nothing in common but what is meant to be, nothing of
// the operators' answers without an operator, and every problem is explained where its type points.
// Method: the two tables themselves, and every line of them asked over HTTP.

#include "controller/routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "controller/answer.h"
#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using http::Method;
using http::Route;
using testing::ElementsAre;
using testing::HasSubstr;

std::string name_of(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::post: return "POST";
        case Method::patch: return "PATCH";
        case Method::head:
        case Method::put:
        case Method::delete_:
        case Method::options:
        case Method::other: break;
    }
    return "?";
}

/// The pattern with a 1 for each of its names.
std::string path_of(const Route& route) {
    std::string path;
    bool is_in_name = false;
    for (const char c : route.pattern) {
        if (c == '{') path += '1';
        is_in_name = c == '{' || (is_in_name && c != '}');
        if (!is_in_name && c != '}') path += c;
    }
    return path;
}

bool is_operators(const Route& route) {
    return route.pattern.starts_with("/admin/v1/");
}

TEST(Routes, OfTheTwoListenersShareOnlyTheMeaningOfProblems) {
    const RunningApi api;
    std::set<std::string> of_public;
    for (const Route& route : api.public_router().routes()) of_public.insert(route.pattern);
    std::set<std::string> shared;
    for (const Route& route : api.admin_router().routes()) {
        if (of_public.contains(route.pattern)) shared.insert(route.pattern);
    }
    EXPECT_THAT(shared, ElementsAre("/problems/{code}"));
}

TEST(Routes, AreUnderTheirPrefixes) {
    const RunningApi api;
    for (const Route& route : api.public_router().routes()) {
        EXPECT_TRUE(route.pattern.starts_with("/api/v1/") || route.pattern == "/" ||
                    route.pattern == "/problems/{code}")
            << route.pattern;
    }
    std::set<std::string> machines;
    for (const Route& route : api.admin_router().routes()) {
        if (!is_operators(route)) machines.insert(route.pattern);
    }
    EXPECT_THAT(machines,
                ElementsAre("/healthz", "/livez", "/metrics", "/problems/{code}", "/readyz"));
}

TEST(Routes, NothingOfTheOperatorsAnswersOnThePublicListener) {
    const RunningApi api;
    for (const Route& route : api.admin_router().routes()) {
        if (route.pattern == "/problems/{code}") continue;
        const auto response = api.ask(name_of(route.method), path_of(route), "operator",
                                      {{"X-User-Scopes", "coupons:admin"}});
        EXPECT_EQ(told(response), "404 not-found") << route.pattern;
    }
}

TEST(Routes, NothingOfTheCustomersAnswersOnTheOperatorsListener) {
    const RunningApi api;
    for (const Route& route : api.public_router().routes()) {
        if (route.pattern == "/problems/{code}") continue;
        EXPECT_EQ(told(api.operate(name_of(route.method), path_of(route))), "404 not-found")
            << route.pattern;
    }
}

TEST(Routes, EveryOperatorsRouteAsksForAnOperator) {
    const RunningApi api;
    int asked = 0;
    for (const Route& route : api.admin_router().routes()) {
        if (!is_operators(route)) continue;
        const auto ask_as = [&](std::vector<http::Field> fields) {
            return told(api.operate_as(std::move(fields), name_of(route.method), path_of(route)));
        };
        EXPECT_EQ(ask_as({}), "401 unauthenticated") << route.pattern;
        EXPECT_EQ(ask_as({{"X-User-Id", "ann"}}), "403 forbidden") << route.pattern;
        EXPECT_EQ(ask_as({{"X-User-Id", "ann"}, {"X-User-Scopes", "coupons:administrator"}}),
                  "403 forbidden")
            << route.pattern;
        ++asked;
    }
    EXPECT_GE(asked, 14);
}

TEST(Routes, EveryProblemIsExplainedWhereItsTypePoints) {
    const RunningApi api;
    for (const ProblemKind& kind : problem_kinds()) {
        const auto page = api.ask("GET", fmt::format("/problems/{}", kind.code));
        EXPECT_EQ(page.status, 200U) << kind.code;
        EXPECT_EQ(page.field("content-type"), "text/plain; charset=utf-8");
        EXPECT_THAT(page.body, HasSubstr(std::string(kind.title)));
        EXPECT_THAT(page.body, HasSubstr(std::string(kind.help)));
    }
    EXPECT_EQ(told(api.ask("GET", "/problems/no-such-problem")), "404 not-found");
}

TEST(Routes, TheProblemsOfTheHttpLayerStandInTheTableToo) {
    const RunningApi api;
    const auto stands_as_told = [](const http::ClientResponse& response) {
        const auto code = text_of(response, "code");
        const auto kinds = problem_kinds();
        const auto found = std::ranges::find(kinds, code, &ProblemKind::code);
        return found != kinds.end() && found->status == response.status &&
               found->title == text_of(response, "title");
    };
    EXPECT_TRUE(stands_as_told(api.ask("GET", "/nowhere")));
    EXPECT_TRUE(stands_as_told(api.ask("DELETE", "/api/v1/coupons")));
    EXPECT_TRUE(stands_as_told(api.ask("GET", "/" + std::string(20'000, 'x'))));
    EXPECT_TRUE(stands_as_told(api.ask("GET", "/", {}, {{"X-Long", std::string(40'000, 'x')}})));
}

TEST(Routes, TheFrontDoorSaysWhatThisIs) {
    const RunningApi api;
    EXPECT_EQ(api.ask("GET", "/").body, R"({"service":"dibs","coupons":"/api/v1/coupons"})");
}

}  // namespace
}  // namespace dibs::controller
