#include "rehearsal/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/named_thread.h"
#include "rehearsal/address.h"
#include "rehearsal/crowd_thread.h"
#include "rehearsal/open_files.h"
#include "rehearsal/request_plan.h"
#include "rehearsal/starting_gate.h"

namespace dibs::rehearsal {

namespace {

using base::Failure;
using base::FailureKind;
using base::SteadyInstant;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// choice: ten times a second looks alive and costs nothing.
constexpr milliseconds show_distance{100};
// choice: what else this process and its threads may open meanwhile.
constexpr std::size_t files_kept_free = 32;

/// How many connections the crowd comes with, after all limits.
std::size_t connections_for(const CrowdOptions& options, const RequestPlan& plan,
                            std::vector<std::string>& notes) {
    std::size_t wanted = options.connection_count;
    if (options.mode == CrowdMode::stampede) {
        wanted = std::min<std::size_t>(wanted, plan.request_count());
    }
    const std::size_t files = raise_open_files_limit();
    const std::size_t allowed = files > files_kept_free ? files - files_kept_free : 0;
    if (wanted <= allowed) return wanted;
    notes.push_back(
        fmt::format("The limit of open files allows {} connections of the {} that were asked for. "
                    "`ulimit -Hn` shows the limit; an administrator can raise it.",
                    allowed, wanted));
    return allowed;
}

/// The crowd's threads, from their start to their end.
class Troop {
public:
    Troop(const CrowdGround& ground, ProgressSink& sink) : ground_(ground), sink_(sink) {}
    ~Troop() { send_home(); }
    Troop(const Troop&) = delete;
    Troop& operator=(const Troop&) = delete;

    [[nodiscard]] base::Result<void> gather(std::size_t connection_count);
    void wait_until_ready();
    [[nodiscard]] bool has_any_connection() const { return progress_.connections_open > 0; }
    void go(SteadyInstant start);
    void wait_until_finished();
    /// Calls it off and waits until nobody is left.
    void send_home();
    /// What everybody saw, and why a connection could not be opened; once nobody is left.
    [[nodiscard]] CrowdResult result();
    [[nodiscard]] std::string last_error() const;

private:
    void show(CrowdPhase phase);

    const CrowdGround& ground_;
    ProgressSink& sink_;
    Progress progress_;
    SteadyInstant start_{};
    std::vector<std::unique_ptr<CrowdThread>> members_;
    std::vector<base::NamedThread> threads_;
};

base::Result<void> Troop::gather(std::size_t connection_count) {
    const std::size_t thread_count = std::min(ground_.options.thread_count, connection_count);
    for (std::size_t thread = 0; thread < thread_count; ++thread) {
        // The first threads take one more where the connections do not divide evenly.
        const std::size_t share = (connection_count + thread_count - 1 - thread) / thread_count;
        auto member = CrowdThread::make(
            ground_, CrowdShare{thread, thread_count, ground_.plan.request_count()}, share);
        if (!member) return member.failure();
        members_.push_back(std::move(member).value());
    }
    progress_.connections_wanted = connection_count;
    const bool is_stampede = ground_.options.mode == CrowdMode::stampede;
    const bool has_end = ground_.options.requests_per_user > 0;
    progress_.requests_planned = is_stampede && has_end ? ground_.plan.request_count() : 0;
    progress_.duration = is_stampede ? nanoseconds(0) : nanoseconds(ground_.options.duration);
    for (const auto& member : members_) {
        threads_.emplace_back("crowd", [one = member.get()] { one->run(); });
    }
    return {};
}

void Troop::wait_until_ready() {
    bool are_ready = false;
    while (!are_ready) {
        const SteadyInstant now = ground_.clock.steady_now();
        are_ready = ground_.gate.wait_for_ready(members_.size(), now + show_distance);
        show(CrowdPhase::connecting);
    }
}

void Troop::go(SteadyInstant start) {
    start_ = start;
    ground_.gate.open(start);
}

void Troop::wait_until_finished() {
    bool are_finished = false;
    while (!are_finished) {
        const SteadyInstant now = ground_.clock.steady_now();
        are_finished = ground_.gate.wait_for_finished(members_.size(), now + show_distance);
        show(are_finished ? CrowdPhase::over : CrowdPhase::running);
    }
    threads_.clear();
}

void Troop::send_home() {
    ground_.gate.call_off();
    threads_.clear();
}

void Troop::show(CrowdPhase phase) {
    progress_.phase = phase;
    progress_.connections_open = 0;
    progress_.counts = ProgressCounts{};
    LatencyHistogram latency;
    for (const auto& member : members_) member->board().add_to(progress_, latency);
    if (!sink_.is_watching()) return;
    const bool has_started = phase != CrowdPhase::connecting;
    progress_.elapsed =
        has_started ? std::max<nanoseconds>(ground_.clock.steady_now() - start_, nanoseconds(0))
                    : nanoseconds(0);
    progress_.latency_p50 = latency.percentile(50);
    progress_.latency_p99 = latency.percentile(99);
    sink_.show(progress_);
}

CrowdResult Troop::result() {
    CrowdResult result;
    SteadyInstant last_answer = start_;
    for (const auto& member : members_) {
        member->add_to(result);
        last_answer = std::max(last_answer, member->last_answer_at());
    }
    result.elapsed = last_answer - start_;
    result.put_in_order();
    return result;
}

std::string Troop::last_error() const {
    for (const auto& member : members_) {
        if (member->last_error() != 0) return std::strerror(member->last_error());
    }
    return "the connections were closed again";
}

base::Result<std::vector<Address>> resolve_all(const CrowdOptions& options) {
    std::vector<Address> addresses;
    for (const NodeAddress& node : nodes_of(options)) {
        auto address = resolve(node.host, node.port);
        if (!address) return address.failure();
        addresses.push_back(*address);
    }
    return addresses;
}

void note_missing_connections(CrowdResult& result, const std::string& error) {
    if (result.connections_open >= result.connections_wanted) return;
    result.notes.push_back(
        fmt::format("Only {} of {} connections were open at the start; the last error was: {}.",
                    result.connections_open, result.connections_wanted, error));
}

}  // namespace

base::Result<CrowdResult> run_crowd(const CrowdOptions& options, ProgressSink& sink,
                                    const base::Clock& clock, std::stop_token stop) {
    if (const auto valid = validate(options); !valid) return valid.failure();
    const auto addresses = resolve_all(options);
    if (!addresses) return addresses.failure();
    const auto plan = RequestPlan::make(options);
    if (!plan) return plan.failure();

    std::vector<std::string> notes;
    const std::size_t connection_count = connections_for(options, *plan, notes);
    if (connection_count == 0) return Failure{FailureKind::unavailable, notes.front()};

    StartingGate gate;
    const CrowdGround ground{options, *plan, *addresses, clock, gate, stop, sink.is_watching()};
    Troop troop(ground, sink);
    if (const auto gathered = troop.gather(connection_count); !gathered) return gathered.failure();
    const SteadyInstant connecting_since = clock.steady_now();
    troop.wait_until_ready();
    if (stop.stop_requested()) return Failure{FailureKind::stopping, "stopped before the start"};
    if (!troop.has_any_connection()) {
        troop.send_home();
        return Failure{FailureKind::unavailable,
                       fmt::format("no connection to {} could be opened: {}",
                                   authorities_of(options), troop.last_error())};
    }
    const SteadyInstant start = clock.steady_now() + options.settling_time;
    const base::Instant started_at = clock.now() + options.settling_time;
    troop.go(start);
    troop.wait_until_finished();

    CrowdResult result = troop.result();
    result.started_at = started_at;
    result.connections_wanted = connection_count;
    result.connecting_took = start - options.settling_time - connecting_since;
    result.was_stopped = stop.stop_requested();
    result.notes = std::move(notes);
    note_missing_connections(result, troop.last_error());
    return result;
}

}  // namespace dibs::rehearsal
