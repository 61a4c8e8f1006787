#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/request_trace.h"
#include "controller/routes.h"
#include "http/bound_sockets.h"
#include "http/client.h"
#include "http/server.h"
#include "identity/trusted_header_authenticator.h"
#include "issuing/group_committer.h"
#include "support/builders.h"
#include "support/faulty_store.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace dibs::controller {

/// The sizes that a test may want to be small.
struct ApiSizes {
    std::size_t queue_max = 1'000;
    std::size_t reads_waiting_max = 1'000;
    int user_rate = 0;
    int user_burst = 0;
};

/// The whole API on two listeners of this machine, over a real store with faults to order and with
/// a clock that the test sets. Callers are who their headers say.
class RunningApi {
public:
    explicit RunningApi(ApiSizes sizes = {})
        : store_(test::open_faulty_store(directory_.file("dibs.db"))),
          readers_("reader", 1, sizes.reads_waiting_max),
          office_("office", 1, 1'000),
          latch_(store_->coupons(), office_),
          line_(sizes.queue_max, clock_),
          committer_(
              {.line = line_, .store = *store_, .latch = latch_, .clock = clock_, .pause = pause_},
              committer_metrics_, 256, "committer"),
          coupons_(*store_, line_, latch_, clock_),
          compactions_(
              store_->compactions(), clock_,
              [](base::Instant now) { return std::chrono::floor<std::chrono::days>(now); },
              compaction_metrics_, 100, no_rest_),
          rate_(sizes.user_rate, sizes.user_burst),
          authorization_(authenticator_, rate_, clock_),
          issue_metrics_(registry_),
          coupon_controller_(coupons_, authorization_, readers_, issue_metrics_, clock_,
                             std::chrono::seconds(5), loop_count),
          registered_controller_(coupons_, authorization_, readers_),
          admin_controller_(coupons_, authorization_, office_),
          books_controller_(coupons_, authorization_, office_),
          compaction_controller_(compactions_, authorization_, office_, clock_),
          health_controller_(*store_, registry_, office_),
          public_router_(public_routes(controllers())),
          admin_router_(admin_routes(controllers())),
          public_server_(open_server(public_router_, loop_count)),
          admin_server_(open_server(admin_router_, 1)) {
        committer_.start();
    }

    // The door first, the books last.
    ~RunningApi() {
        public_server_->stop(std::chrono::milliseconds(0));
        admin_server_->stop(std::chrono::milliseconds(0));
        line_.close();
        committer_.stop();
        readers_.stop();
        office_.stop();
    }

    RunningApi(const RunningApi&) = delete;
    RunningApi& operator=(const RunningApi&) = delete;

    [[nodiscard]] test::ManualClock& clock() { return clock_; }
    [[nodiscard]] test::StoreFaults& faults() { return store_->faults(); }
    [[nodiscard]] repository::Store& store() { return *store_; }
    [[nodiscard]] issuing::WaitingLine& line() { return line_; }
    [[nodiscard]] service::CompactionService& compactions() { return compactions_; }
    [[nodiscard]] HealthController& health() { return health_controller_; }
    [[nodiscard]] base::Workers& office() { return office_; }
    [[nodiscard]] base::Workers& readers() { return readers_; }
    [[nodiscard]] std::uint16_t public_port() const { return public_server_->port(); }
    [[nodiscard]] const http::Router& public_router() const { return public_router_; }
    [[nodiscard]] const http::Router& admin_router() const { return admin_router_; }

    /// Creates a coupon and says its id.
    std::int64_t offer(const test::CouponBuilder& coupon) {
        return test::must(store_->behind().coupons().create(coupon.create(), clock_.now()))
            .terms()
            .id.value;
    }

    /// A request to the public listener, from that user; nobody, if there is no name. Any thread.
    http::ClientResponse ask(std::string_view method, const std::string& target,
                             std::string_view user = {}, std::vector<http::Field> more = {}) const {
        if (!user.empty()) more.push_back({"X-User-Id", std::string(user)});
        return send(public_server_->port(), method, target, more, {});
    }
    /// Presses the button.
    http::ClientResponse issue(std::int64_t coupon, std::string_view user,
                               std::vector<http::Field> more = {}) const {
        return ask("POST", "/api/v1/coupons/" + std::to_string(coupon) + "/me", user,
                   std::move(more));
    }
    /// A request to the operators' listener, from an operator.
    http::ClientResponse operate(std::string_view method, const std::string& target,
                                 std::string_view body = {},
                                 std::vector<http::Field> more = {}) const {
        more.push_back({"X-User-Id", "operator"});
        more.push_back({"X-User-Scopes", "coupons:admin"});
        return send(admin_server_->port(), method, target, more, body);
    }
    /// The same with exactly these fields.
    http::ClientResponse operate_as(std::vector<http::Field> fields, std::string_view method,
                                    const std::string& target, std::string_view body = {}) const {
        return send(admin_server_->port(), method, target, fields, body);
    }

private:
    // Two, so that requests of one coupon come from several desks.
    static constexpr std::size_t loop_count = 2;

    [[nodiscard]] Controllers controllers() {
        return {.coupons = coupon_controller_,
                .registered = registered_controller_,
                .admin = admin_controller_,
                .books = books_controller_,
                .compactions = compaction_controller_,
                .health = health_controller_};
    }
    [[nodiscard]] std::unique_ptr<http::Server> open_server(const http::Router& router,
                                                            std::size_t thread_count) {
        http::ServerOptions options;
        options.thread_count = thread_count;
        return test::must(http::Server::open(
            test::must(http::BoundSockets::bind(options)),
            [&router](const http::Request& request, http::Reply reply) {
                router.handle(request, std::move(reply));
            },
            clock_, finish_answer));
    }
    static http::ClientResponse send(std::uint16_t port, std::string_view method,
                                     const std::string& target,
                                     const std::vector<http::Field>& fields,
                                     std::string_view body) {
        // choice: only a broken build ever waits so long.
        http::Client client("127.0.0.1", port, std::chrono::seconds(60));
        return test::must(client.request(method, target, fields, body));
    }

    test::TemporaryDirectory directory_;
    test::ManualClock clock_;
    metrics::Registry registry_;
    issuing::CommitterMetrics committer_metrics_{
        .group_size = registry_.histogram("group_size", "", metrics::size_bounds()),
        .commit_duration = registry_.histogram("commit", "", metrics::duration_bounds()),
        .groups_committed = registry_.counter("committed", ""),
        .groups_in_doubt = registry_.counter("in_doubt", ""),
        .retried_conflict = registry_.counter("retried_conflict", ""),
        .retried_refused = registry_.counter("retried_refused", ""),
        .retried_in_doubt = registry_.counter("retried_in_doubt", "")};
    service::CompactionMetrics compaction_metrics_{
        .runs_finished = registry_.counter("finished", ""),
        .runs_failed = registry_.counter("failed", ""),
        .events_folded = registry_.counter("folded", ""),
        .step_duration = registry_.histogram("step", "", metrics::duration_bounds())};
    std::unique_ptr<test::FaultyStore> store_;
    identity::TrustedHeaderAuthenticator authenticator_;
    base::Workers readers_;
    base::Workers office_;
    issuing::SoldOutLatch latch_;
    issuing::WaitingLine line_;
    issuing::RandomPause pause_;
    issuing::GroupCommitter committer_;
    service::CouponService coupons_;
    service::NoRest no_rest_;
    service::CompactionService compactions_;
    UserRate rate_;
    Authorization authorization_;
    IssueMetrics issue_metrics_;
    CouponController coupon_controller_;
    RegisteredCouponController registered_controller_;
    AdminController admin_controller_;
    BooksController books_controller_;
    CompactionController compaction_controller_;
    HealthController health_controller_;
    http::Router public_router_;
    http::Router admin_router_;
    std::unique_ptr<http::Server> public_server_;
    std::unique_ptr<http::Server> admin_server_;
};

/// The body of an answer, which must be a JSON object.
[[nodiscard]] inline boost::json::object body_of(const http::ClientResponse& response) {
    return boost::json::parse(response.body).as_object();
}
/// A member of it that is a text.
[[nodiscard]] inline std::string text_of(const http::ClientResponse& response,
                                         std::string_view member) {
    return std::string(body_of(response).at(member).as_string());
}
/// Status and code of an answer that is a problem, `400 coupon-ended`; just the status of any
/// other.
[[nodiscard]] inline std::string told(const http::ClientResponse& response) {
    std::string text = std::to_string(response.status);
    if (response.status >= 400) text += ' ' + text_of(response, "code");
    return text;
}

}  // namespace dibs::controller
