#include "app/serve.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "app/authentication.h"
#include "app/complaint.h"
#include "app/doors.h"
#include "app/open_files.h"
#include "app/service_metrics.h"
#include "app/shutdown.h"
#include "base/log.h"
#include "base/workers.h"
#include "controller/request_trace.h"
#include "controller/routes.h"
#include "http/server.h"
#include "issuing/committer_pool.h"
#include "issuing/latch_watch.h"
#include "metrics/registry.h"
#include "scheduler/coupon_inventory_scheduler.h"

namespace dibs::app {

using base::Clock;
using base::Result;

namespace {

// choice: operators are few, and what they ask for may wait its turn behind a group.
constexpr std::size_t office_threads = 2;
constexpr std::size_t office_waiting_max = 1'000;

// choice: one stream after another. It is as long as the longest history, so that nobody else may
// wait behind it; a coupon that finds no place in the line is closed by its next refusal.
constexpr std::size_t closing_threads = 1;
constexpr std::size_t closings_waiting_max = 10'000;

// choice: what one reader gets through in about a second.
constexpr std::size_t reads_waiting_max_per_reader = 20'000;

// choice: what draining connections get beyond the drain time-out before they are cut.
constexpr std::chrono::milliseconds patience_beyond_drain{3'000};

/// A fold keeps others from issuing only where there is one writer for all coupons.
std::unique_ptr<service::FoldRest> rest_of(const repository::Store& store,
                                           const issuing::WaitingLine& line,
                                           issuing::Pause& pause) {
    if (store.group_scope() != repository::GroupScope::all_coupons) {
        return std::make_unique<service::NoRest>();
    }
    return std::make_unique<service::RestForRequests>(line, pause);
}

void log_store(repository::Store& store) {
    const repository::StoreFacts facts = store.facts();
    base::log::info("store-opened",
                    {{"schema", facts.schema_number}, {"durability", facts.durability}});
}

// As many connections as there are threads that may want one at once, so that none waits for
// another's: operators write and read beside the committers and the readers, and a closing reads.
repository::StoreOptions store_options(const Settings& settings) {
    return {.writers_max = settings.committers + office_threads,
            .readers_max = settings.readers + office_threads + closing_threads,
            .patience = settings.request_deadline,
            .allows_fsync_off = settings.allow_fsync_off};
}

/// Everything that runs. The order of the members is the order of what stands on what; the servers
/// come early because replies that nobody sent must not outlive them.
class RunningService final : public Service {
public:
    RunningService(const Settings& settings, const Clock& clock,
                   std::unique_ptr<repository::Store> store,
                   std::unique_ptr<identity::Authenticator> authenticator,
                   scheduler::DailyTime daily)
        : settings_(settings),
          clock_(clock),
          store_(std::move(store)),
          authenticator_(std::move(authenticator)),
          daily_(daily),
          readers_("reader", settings.readers, settings.readers * reads_waiting_max_per_reader),
          office_("office", office_threads, office_waiting_max),
          closings_("closing", closing_threads, closings_waiting_max),
          latch_(store_->coupons(), closings_),
          latch_watch_(latch_, store_->watch_streams(), watch_pause_),
          line_(settings.queue_max, clock, store_->group_scope()),
          committers_({.line = line_,
                       .store = *store_,
                       .latch = latch_,
                       .clock = clock,
                       .pause = committer_pause_},
                      committer_metrics(registry_), settings.group_max, settings.committers),
          coupons_(*store_, line_, latch_, clock),
          fold_rest_(rest_of(*store_, line_, fold_pause_)),
          compactions_(
              store_->compactions(), clock,
              [this](base::Instant now) {
                  return daily_.start_of_day(now, std::chrono::days(settings_.compact_keep_days));
              },
              compaction_metrics(registry_), settings.compact_step, *fold_rest_),
          scheduler_(compactions_, daily_, clock),
          rate_(static_cast<int>(settings.user_rate), static_cast<int>(settings.user_burst)),
          authorization_(*authenticator_, rate_, clock),
          issue_metrics_(registry_),
          coupon_controller_(coupons_, authorization_, readers_, issue_metrics_, clock,
                             settings.request_deadline, settings.http_threads),
          registered_controller_(coupons_, authorization_, readers_),
          admin_controller_(coupons_, authorization_, office_),
          books_controller_(coupons_, authorization_, office_),
          compaction_controller_(compactions_, authorization_, office_, clock),
          health_controller_(*store_, registry_, office_),
          public_router_(controller::public_routes(controllers())),
          admin_router_(controller::admin_routes(controllers())) {}

    ~RunningService() override { stop(); }

    [[nodiscard]] Result<void> open(Doors doors) {
        latch_watch_.start();
        committers_.start();
        scheduler_.start();
        auto public_server = open_server(std::move(doors.customers), public_router_);
        if (!public_server) return public_server.failure();
        public_server_ = *std::move(public_server);
        show_gauges(registry_, {.line = line_,  // Before anybody can ask for them.
                                .waiting_max = settings_.queue_max,
                                .latch = latch_,
                                .store = *store_,
                                .public_server = *public_server_});
        auto admin_server = open_server(std::move(doors.operators), admin_router_);
        if (!admin_server) return admin_server.failure();
        admin_server_ = *std::move(admin_server);
        const std::string admin_url = "http://" + to_text(admin_endpoint());
        store_->announce({.role = "serve", .call_at = admin_url});
        log_store(*store_);
        log_listening("public", public_endpoint());
        log_listening("operators", admin_endpoint());
        return {};
    }

    Endpoint public_endpoint() const override {
        return {settings_.listen.host, public_server_->port()};
    }
    Endpoint admin_endpoint() const override {
        return {settings_.admin_listen.host, admin_server_->port()};
    }

    // The door first, the books last: whoever was let in is answered by committers that still
    // run.
    void stop() override {
        if (std::exchange(is_stopped_, true)) return;
        health_controller_.begin_drain();
        const auto patience = settings_.drain_timeout + patience_beyond_drain;
        if (public_server_) public_server_->stop(patience);
        line_.close();
        committers_.stop();
        latch_watch_.stop();
        scheduler_.stop();
        if (admin_server_) admin_server_->stop(patience);
        readers_.stop();
        latch_.forbid_closing();
        closings_.stop();
        office_.stop();
    }

private:
    [[nodiscard]] controller::Controllers controllers() {
        return {.coupons = coupon_controller_,
                .registered = registered_controller_,
                .admin = admin_controller_,
                .books = books_controller_,
                .compactions = compaction_controller_,
                .health = health_controller_};
    }

    [[nodiscard]] Result<std::unique_ptr<http::Server>> open_server(http::BoundSockets sockets,
                                                                    const http::Router& router) {
        return http::Server::open(
            std::move(sockets),
            [&router](const http::Request& request, http::Reply reply) {
                router.handle(request, std::move(reply));
            },
            clock_, controller::finish_answer);
    }

    static void log_listening(std::string_view listener, const Endpoint& at) {
        base::log::info(
            "listening",
            {{"listener", listener}, {"address", to_text(at)}, {"url", "http://" + to_text(at)}});
    }

    const Settings settings_;
    const Clock& clock_;
    metrics::Registry registry_;
    std::unique_ptr<repository::Store> store_;
    std::unique_ptr<identity::Authenticator> authenticator_;
    scheduler::DailyTime daily_;
    base::Workers readers_;
    base::Workers office_;
    base::Workers closings_;
    std::unique_ptr<http::Server> public_server_;
    std::unique_ptr<http::Server> admin_server_;
    issuing::SoldOutLatch latch_;
    issuing::RandomPause watch_pause_;
    issuing::LatchWatch latch_watch_;
    issuing::WaitingLine line_;
    issuing::RandomPause committer_pause_;
    issuing::CommitterPool committers_;
    service::CouponService coupons_;
    issuing::FullPause fold_pause_;
    std::unique_ptr<service::FoldRest> fold_rest_;
    service::CompactionService compactions_;
    scheduler::CouponInventoryScheduler scheduler_;
    controller::UserRate rate_;
    controller::Authorization authorization_;
    controller::IssueMetrics issue_metrics_;
    controller::CouponController coupon_controller_;
    controller::RegisteredCouponController registered_controller_;
    controller::AdminController admin_controller_;
    controller::BooksController books_controller_;
    controller::CompactionController compaction_controller_;
    controller::HealthController health_controller_;
    http::Router public_router_;
    http::Router admin_router_;
    bool is_stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Service>> Service::start(const Settings& wanted, const Clock& clock) {
    Settings settings = wanted;
    settings.connections_max = fit_to_open_files(settings.connections_max);
    auto daily = scheduler::DailyTime::open(settings.compact_at, settings.time_zone);
    if (!daily) return daily.failure();
    // What can be wrong is found out before anything is made, so that a start that fails leaves
    // nothing; a key of its own is made last, for a store that could be opened.
    std::optional<Result<std::unique_ptr<identity::Authenticator>>> authenticator;
    if (!has_to_make_key(settings)) authenticator = open_authenticator(settings);
    if (authenticator && !*authenticator) return authenticator->failure();
    auto doors = Doors::bind(settings);
    if (!doors) return doors.failure();
    auto store = repository::open_store(settings.store, {.role = "serve", .call_at = {}},
                                        store_options(settings));
    if (!store) return store.failure();
    if (!authenticator) authenticator = open_authenticator(settings);
    if (!*authenticator) return authenticator->failure();
    auto service = std::make_unique<RunningService>(settings, clock, *std::move(store),
                                                    **std::move(authenticator), *daily);
    if (auto opened = service->open(*std::move(doors)); !opened) return opened.failure();
    return std::unique_ptr<Service>(std::move(service));
}

ExitCode serve(const ServeCommand& command) {
    const Shutdown shutdown;
    base::log::set_level(command.settings.log_level);
    const base::SystemClock clock;
    auto service = Service::start(command.settings, clock);
    if (!service) return complain(service.failure());
    const int signal_number = shutdown.wait();
    base::log::info("stopping", {{"signal", signal_number}});
    (*service)->stop();
    base::log::info("stopped");
    return ExitCode::done;
}

}  // namespace dibs::app
