#include "load/shop.h"

#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp is POSIX's, not the C++ library's.

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/number.h"
#include "load/announced_coupon.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using rehearsal::ListedRegistration;

namespace {

// choice: a million events are folded in seconds, under a sanitizer or a crowd in minutes.
constexpr std::chrono::minutes fold_patience{5};
constexpr std::chrono::milliseconds fold_look_distance{5};

std::vector<http::Field> operator_fields() {
    return {{"X-User-Id", "operator"}, {"X-User-Scopes", "coupons:admin"}};
}

std::string store_of(const ShopOrder& order, const TemporaryFolder& folder) {
    return order.store.empty() ? "sqlite:" + (folder.path() / "dibs.db").string() : order.store;
}

std::filesystem::path call_counts_in(const TemporaryFolder& folder) {
    return folder.path() / "calls";
}

// As count_calls.c has them: syncs, system calls, allocations.
using CallCounters = std::array<std::uint64_t, 3>;

ProgramStart serve_start(const Workshop& workshop, const ShopOrder& order,
                         const TemporaryFolder& folder) {
    ProgramStart start{
        .command = {workshop.dibs.string(), "serve", "--store", store_of(order, folder), "--listen",
                    "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--auth", "trusted-header",
                    "--log-level", "info",
                    // choice: longer than anybody waits here, even on a disk that stalls: whoever
                    // is turned away would be missing from the figure.
                    "--request-deadline-ms", "60000"},
        .environment = {},
        .output = folder.path() / "serve.log"};
    start.command.insert(start.command.end(), order.flags.begin(), order.flags.end());
    if (order.counted != Counted::nothing) {
        start.environment = {
            {"LD_PRELOAD", workshop.count_calls.string()},
            {"DIBS_COUNT_CALLS", call_counts_in(folder).string()},
            // Under the address sanitizer, which insists on being first among the libraries.
            {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
        if (order.counted == Counted::every_call) {
            start.environment.emplace_back("DIBS_COUNT_EVERY", "1");
        }
    }
    return start;
}

Result<std::vector<ListedRegistration>> read_all_registrations(app::AdminClient& operators,
                                                               std::int64_t coupon_id) {
    const std::string target =
        fmt::format("/admin/v1/coupons/{}/registrations?limit=1000", coupon_id);
    std::vector<ListedRegistration> all;
    std::string cursor;
    do {
        const auto body = operators.fetch("GET", target + cursor);
        if (!body) return body.failure();
        auto page = rehearsal::read_listing(*body);
        if (!page) return page.failure();
        std::move(page->items.begin(), page->items.end(), std::back_inserter(all));
        cursor = page->next.empty() ? "" : "&cursor=" + page->next;
    } while (!cursor.empty());
    return all;
}

/// The line of `dibs verify` that says what is broken, or its last one.
std::string first_complaint_in(const std::filesystem::path& output) {
    std::ifstream file(output);
    std::string last;
    for (std::string line; std::getline(file, line);) {
        last = line;
        if (line.contains("BROKEN")) break;
    }
    return last;
}

/// The value in a line `NAME VALUE` of the exposition format.
std::optional<double> value_in(std::string_view page, std::string_view name) {
    const std::string start = fmt::format("\n{} ", name);
    const std::size_t at = page.find(start);
    if (at == std::string_view::npos) return std::nullopt;
    return std::strtod(page.data() + at + start.size(), nullptr);
}

/// A moment as the operators' API spells it; the service is ours, so it can be read.
base::Instant moment_in(const boost::json::value& text) {
    return base::parse_rfc3339(std::string_view(text.as_string())).value_or(base::Instant());
}

}  // namespace

Result<TemporaryFolder> TemporaryFolder::make(const std::filesystem::path& in) {
    std::error_code error;
    std::filesystem::create_directories(in, error);
    std::string pattern = (std::filesystem::absolute(in) / "store-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        return Failure{FailureKind::unavailable,
                       fmt::format("{}: {}", pattern, std::strerror(errno))};
    }
    return TemporaryFolder(pattern);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Shop::Shop(std::filesystem::path dibs, std::string store, TemporaryFolder folder,
           ServiceProcess service)
    : dibs_(std::move(dibs)),
      store_(std::move(store)),
      folder_(std::move(folder)),
      service_(std::move(service)),
      operators_(service_.admin_endpoint(), operator_fields()) {}

Result<Shop> Shop::open(const Workshop& workshop, const ShopOrder& order) {
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    if (order.counted != Counted::nothing) {
        std::ofstream(call_counts_in(*folder), std::ios::binary)
            << std::string(sizeof(CallCounters), '\0');
    }
    auto service = ServiceProcess::open(serve_start(workshop, order, *folder));
    if (!service) return service.failure();
    std::string store = store_of(order, *folder);
    return Shop(workshop.dibs, std::move(store), *std::move(folder), *std::move(service));
}

Result<std::int64_t> Shop::offer(std::int64_t stock) {
    const base::Instant now = base::SystemClock().now();
    const auto coupon = operators_.call("POST", "/admin/v1/coupons",
                                        app::write_create({.name = "Black Friday 50%",
                                                           .description = "Half off everything",
                                                           .from = now - window_half,
                                                           .to = now + window_half,
                                                           .limit_per_user = 1,
                                                           .stock = stock}));
    if (!coupon) return coupon.failure();
    return coupon->at("id").to_number<std::int64_t>();
}

rehearsal::StoredBooks Shop::books_of(std::int64_t coupon_id) {
    return {
        .of_user = {},
        .of_coupon = [this, coupon_id] { return read_all_registrations(operators_, coupon_id); },
        .stock = [this, coupon_id]() -> Result<rehearsal::StockBody> {
            const auto body =
                operators_.fetch("GET", fmt::format("/admin/v1/coupons/{}/stock", coupon_id));
            if (!body) return body.failure();
            return rehearsal::read_stock(*body);
        }};
}

Result<double> Shop::metric(std::string_view name) {
    const auto page = operators_.fetch("GET", "/metrics");
    if (!page) return page.failure();
    const auto value = value_in(*page, name);
    if (!value) {
        return Failure{FailureKind::corrupted, fmt::format("there is no metric {}", name)};
    }
    return *value;
}

Result<ShopCounts> Shop::counts() {
    const auto statements = metric("dibs_store_statements_total");
    if (!statements) return statements.failure();
    return ShopCounts{.calls = calls(), .statements = *statements};
}

Result<std::int64_t> Shop::begin_fold(base::Instant until) {
    const auto run = operators_.call("POST", "/admin/v1/compactions",
                                     fmt::format(R"({{"until":"{}"}})", base::to_rfc3339(until)));
    if (!run) return run.failure();
    return run->at("run").to_number<std::int64_t>();
}

Result<FoldRun> Shop::wait_for_fold(std::int64_t run) {
    const auto deadline = std::chrono::steady_clock::now() + fold_patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto told = operators_.call("GET", fmt::format("/admin/v1/compactions/{}", run));
        if (!told) return told.failure();
        if (told->as_object().if_contains("finishedAt") == nullptr) {
            // Between two looks from outside: nobody tells us.
            std::this_thread::sleep_for(fold_look_distance);
            continue;
        }
        return FoldRun{.started_at = moment_in(told->at("startedAt")),
                       .finished_at = moment_in(told->at("finishedAt")),
                       .events_in = told->at("eventsIn").to_number<std::int64_t>(),
                       .steps = told->at("steps").to_number<std::int64_t>()};
    }
    return Failure{FailureKind::expired, "a fold did not come to its end"};
}

CallCounts Shop::calls() const {
    CallCounters counters{};
    std::ifstream file(call_counts_in(folder_), std::ios::binary);
    file.read(reinterpret_cast<char*>(counters.data()), sizeof counters);
    const auto [syncs, system_calls, allocations] = counters;
    return {.syncs = syncs, .system_calls = system_calls, .allocations = allocations};
}

Result<void> Shop::close() {
    if (auto stopped = service_.stop(); !stopped) return stopped;
    const std::filesystem::path output = folder_.path() / "verify.txt";
    const auto exit_code = run_program({.command = {dibs_.string(), "verify", "--store", store_},
                                        .environment = {},
                                        .output = output});
    if (!exit_code) return exit_code.failure();
    if (*exit_code == 0) return {};
    return Failure{FailureKind::corrupted, fmt::format("dibs verify ended with exit code {}: {}",
                                                       *exit_code, first_complaint_in(output))};
}

}  // namespace dibs::bench
