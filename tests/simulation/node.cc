#include "simulation/node.h"

#include <fmt/format.h>

#include <utility>

namespace dibs::simulation {

using base::from_microseconds;
using std::chrono::microseconds;

namespace {

// As in app/serve.cc.
constexpr int office_fibres = 2;
constexpr std::size_t office_waiting_max = 1'000;
constexpr std::size_t closings_waiting_max = 10'000;

/// Nobody reads them here; they are the same for all.
struct Metrics {
    metrics::Histogram group_size{metrics::size_bounds()};
    metrics::Histogram durations{metrics::duration_bounds()};
    metrics::Counter counter;

    [[nodiscard]] issuing::CommitterMetrics of_committers() {
        return {.group_size = group_size,
                .commit_duration = durations,
                .groups_committed = counter,
                .groups_in_doubt = counter,
                .retried_conflict = counter,
                .retried_refused = counter,
                .retried_in_doubt = counter};
    }
    [[nodiscard]] service::CompactionMetrics of_compactions() {
        return {.runs_finished = counter,
                .runs_failed = counter,
                .events_folded = counter,
                .step_duration = durations};
    }
};

Metrics& metrics_of_all() {
    static Metrics metrics;
    return metrics;
}

}  // namespace

bool SimulatedPause::wait(std::chrono::nanoseconds longest) {
    const Time most = std::chrono::ceil<microseconds>(longest).count();
    server_.conductor().wait([this] { return is_ended_; },
                             server_.random().between(most / 2, most));
    return !is_ended_;
}

/// Hands what was decided to whoever writes down who was told what.
class Node::Desk final : public issuing::AnswerDesk {
public:
    explicit Desk(Recorder& recorder) : recorder_(recorder) {}
    void take(std::vector<issuing::IssueAnswer> answers) override {
        for (const issuing::IssueAnswer& answer : answers) {
            recorder_.note_answer(answer.ticket, answer.result, false);
        }
    }

private:
    Recorder& recorder_;
};

Node::Node(Server& server, const NodeClock& clock, const NodeSettings& settings, Recorder& recorder,
           const scheduler::DailyTime& daily, int number, Owner owner)
    : server_(server),
      clock_(clock),
      recorder_(recorder),
      number_(number),
      owner_(owner),
      name_(fmt::format("node{}.{}", number, owner)),
      store_(server, name_, settings.scope),
      office_("office", 0, office_waiting_max),
      closings_("closing", 0, closings_waiting_max),
      latch_(store_.coupons(), closings_),
      watch_pause_(server),
      watch_(latch_, store_.watch_streams(), watch_pause_),
      line_(settings.waiting_max, clock, settings.scope),
      committer_pause_(server),
      committers_({.line = line_,
                   .store = store_,
                   .latch = latch_,
                   .clock = clock,
                   .pause = committer_pause_},
                  metrics_of_all().of_committers(), settings.group_max, settings.committers),
      coupons_(store_, line_, latch_, clock),
      rest_pause_(server),
      rest_(rest_of_fold(settings.scope)),
      compactions_(
          store_.compactions(), clock,
          [&daily](base::Instant now) { return daily.start_of_day(now, std::chrono::days(0)); },
          metrics_of_all().of_compactions(), settings.step_event_max, *rest_),
      scheduler_(compactions_, daily, clock),
      desk_(std::make_unique<Desk>(recorder)) {
    start_fibres();
}

Node::~Node() = default;

std::unique_ptr<service::FoldRest> Node::rest_of_fold(repository::GroupScope scope) {
    if (scope != repository::GroupScope::all_coupons) return std::make_unique<service::NoRest>();
    return std::make_unique<service::RestForRequests>(line_, rest_pause_);
}

void Node::ask(const Wish& wish) {
    if (is_shut_) return;
    Asked asked;
    asked.node = number_;
    asked.coupon = wish.coupon;
    asked.user = wish.user;
    asked.key = wish.key;
    asked.attempt = wish.attempt;
    asked.arrived_at = base::to_microseconds(clock_.now());
    asked.asked_at = server_.now();
    asked.deadline = server_.now() + wish.patience;
    const std::size_t ticket = recorder_.note_asked(std::move(asked));
    const auto answer =
        coupons_.issue({.coupon_id = domain::CouponId{wish.coupon},
                        .user_id = domain::UserId::parse(wish.user).value(),
                        .idempotency_key = domain::IdempotencyKey::parse(wish.key),
                        .deadline = clock_.steady_now() + microseconds(wish.patience),
                        .desk = desk_.get(),
                        .ticket = ticket});
    if (answer) recorder_.note_answer(ticket, *answer, true);
}

void Node::stop() {
    is_stopping_ = true;
    line_.close();
    committer_pause_.end();
}

bool Node::has_stopped() {
    if (!is_stopping_ || committing_ > 0) return false;
    if (!std::exchange(is_shut_, true)) {
        watch_.stop();
        scheduler_.stop();
    }
    if (running_ > 0) return false;
    latch_.forbid_closing();
    return busy_ == 0 && closings_.waiting() == 0 && office_.waiting() == 0;
}

void Node::start_fibres() {
    Conductor& conductor = server_.conductor();
    for (std::size_t i = 0; i < committers_.size(); ++i) {
        ++committing_;
        conductor.spawn(owner_, [this, &conductor, &committer = committers_.at(i)] {
            do {
                conductor.wait([this] { return line_.is_ready(); }, Conductor::for_ever);
            } while (committer.serve_next());
            --committing_;
        });
    }
    for (int i = 0; i < office_fibres; ++i) spawn_worker(office_);
    spawn_worker(closings_);
    ++running_;
    conductor.spawn(owner_, [this] {
        run_scheduler();
        --running_;
    });
    for (std::size_t server = 0; server < watch_.size(); ++server) {
        ++running_;
        conductor.spawn(owner_, [this, server] {
            while (watch_.look(server)) {
            }
            --running_;
        });
    }
}

void Node::spawn_worker(base::Workers& workers) {
    Conductor& conductor = server_.conductor();
    conductor.spawn(owner_, [this, &conductor, &workers] {
        while (true) {
            conductor.wait([&] { return workers.waiting() > 0; }, Conductor::for_ever);
            ++busy_;
            static_cast<void>(workers.run_next());
            --busy_;
        }
    });
}

// As the scheduler's own thread does, but that a request is noticed a little later.
void Node::run_scheduler() {
    scheduler_.begin();
    while (!compactions_.is_stopping()) {
        const Time patience = microseconds(scheduler_.patience()).count();
        server_.conductor().sleep(server_.random().between(1, patience));
        const bool is_requested = compactions_.wait_for_request(std::chrono::milliseconds(0));
        if (compactions_.is_stopping()) return;
        scheduler_.look(is_requested);
    }
}

}  // namespace dibs::simulation
