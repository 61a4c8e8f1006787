// Goal: what it costs to read a request and to find what answers it. Method: the bytes of a
// customer's request, read over and over by one reader; then the public routes with handlers that
// do nothing, asked for the most frequent path, for a listing and for the shortest path of all.

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/request_reader.h"
#include "http/router.h"

namespace dibs::http {
namespace {

constexpr std::size_t header_size_max_bytes = 16 * 1024;
constexpr std::size_t body_size_max_bytes = 64 * 1024;

constexpr std::string_view customers_request =
    "POST /api/v1/coupons/42/me HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "X-User-Id: 00012345-1795780800000000\r\n"
    "Content-Length: 0\r\n\r\n";

void read_request(benchmark::State& state) {
    RequestReader reader(header_size_max_bytes, body_size_max_bytes);
    for (auto _ : state) {
        reader.begin_next();
        const std::size_t taken = reader.take(customers_request);
        if (taken != customers_request.size() || reader.stage() != RequestReader::Stage::complete) {
            state.SkipWithError("the request was not read");
        }
    }
}
BENCHMARK(read_request);

/// Called for each route that is found; a Reply without a connection owes nobody anything.
void do_nothing(const Request& request, const PathParameters& parameters, Reply reply) {
    benchmark::DoNotOptimize(&request);
    benchmark::DoNotOptimize(&parameters);
    benchmark::DoNotOptimize(&reply);
}

Router public_router() {
    std::vector<Route> routes;
    for (const auto& [method, pattern] : std::vector<std::pair<Method, std::string>>{
             {Method::post, "/api/v1/coupons/{couponId}/me"},
             {Method::get, "/api/v1/coupons/me"},
             {Method::get, "/api/v1/coupons/me/{id}"},
             {Method::get, "/api/v1/coupons"},
             {Method::get, "/api/v1/coupons/{couponId}"},
             {Method::get, "/problems/{code}"},
             {Method::get, "/"}}) {
        routes.push_back({method, pattern, do_nothing});
    }
    return Router(std::move(routes));
}

void find_route(benchmark::State& state, Method method, const char* path) {
    const Router router = public_router();
    Request request;
    request.method = method;
    request.path = path;
    for (auto _ : state) router.handle(request, Reply(nullptr));
}
BENCHMARK_CAPTURE(find_route, issue, Method::post, "/api/v1/coupons/42/me");
BENCHMARK_CAPTURE(find_route, listing, Method::get, "/api/v1/coupons/me");
BENCHMARK_CAPTURE(find_route, root, Method::get, "/");

}  // namespace
}  // namespace dibs::http

BENCHMARK_MAIN();
