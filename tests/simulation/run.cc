#include "simulation/run.h"

#include <optional>
#include <stdexcept>
#include <utility>

#include "service/verification_service.h"
#include "simulation/auditor.h"
#include "simulation/machines.h"
#include "simulation/workload.h"

// A run has four parts: coupons are offered in peace; everybody comes, while whatever can go wrong
// does; it is calm again, and everything has to come to its end; two days later everything is
// folded. Then the auditors come, ours and the service's own.

namespace dibs::simulation {

using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

// choice: 2026-11-27T12:00:00Z, as the other tests have it.
constexpr base::Instant noon = base::from_microseconds(1'795'780'800'000'000);

// choice: longer than the longest standstill, the wait for a lock and a request's patience
// together.
constexpr Time until_calm = 28'000'000;
constexpr Time calm = 8'000'000;

// choice: a leader that died has lost its lead, and whoever was turned away has looked again,
// twice.
constexpr Time until_folded = 45'000'000;

// choice: the days of all clocks that were ahead are over.
constexpr microseconds two_days = 49h;

const Trace* trace_under_way = nullptr;

NodeSettings draw_settings(Random& random) {
    NodeSettings settings;
    if (random.happens(250'000)) settings.scope = repository::GroupScope::all_coupons;
    settings.committers = static_cast<std::size_t>(random.between(1, 4));
    settings.group_max =
        static_cast<std::size_t>(random.one_of(std::vector<std::int64_t>{1, 3, 16, 64, 256, 256}));
    settings.waiting_max =
        static_cast<std::size_t>(random.one_of(std::vector<std::int64_t>{64, 300, 2'000, 2'000}));
    settings.step_event_max =
        static_cast<std::size_t>(random.one_of(std::vector<std::int64_t>{1, 7, 50, 1'000}));
    return settings;
}

scheduler::DailyTime draw_daily(Random& random) {
    const auto zone =
        random.one_of(std::vector<std::string>{"UTC", "Asia/Seoul", "America/New_York"});
    return scheduler::DailyTime::open(std::chrono::minutes(random.between(0, 2)), zone).value();
}

/// Mostly a little before the time of the fold.
base::Instant draw_start(Random& random, const scheduler::DailyTime& daily) {
    if (random.happens(300'000)) return noon;
    return daily.next_after(noon) - microseconds(random.between(500'000, 15'000'000));
}

class Run {
public:
    Run(std::uint64_t seed, FibreStacks stacks, std::FILE* out)
        : random_(seed),
          trace_(out),
          conductor_(random_, std::move(stacks)),
          server_(conductor_, random_, trace_),
          recorder_(conductor_, trace_),
          settings_(draw_settings(random_)),
          daily_(draw_daily(random_)),
          start_(draw_start(random_, daily_)),
          plan_(draw_workload(random_)),
          machines_(server_, recorder_, settings_, daily_, draw_count(), start_),
          workload_(server_, machines_, recorder_, plan_) {
        trace_under_way = &trace_;
    }
    ~Run() { trace_under_way = nullptr; }

    void go() {
        open();
        sell();
        calm_down();
        fold();
    }
    void audit();
    [[nodiscard]] RunResult result(std::uint64_t seed);

private:
    int draw_count() {
        if (settings_.scope == repository::GroupScope::all_coupons) return 1;
        return static_cast<int>(random_.between(1, 4));
    }
    void go_on(Time duration) { conductor_.run_until(conductor_.now() + duration); }
    void open();
    void sell();
    void calm_down();
    void fold();
    void verify();

    Random random_;
    Trace trace_;
    Conductor conductor_;
    Server server_;
    Recorder recorder_;
    const NodeSettings settings_;
    const scheduler::DailyTime daily_;
    const base::Instant start_;
    const WorkloadPlan plan_;
    Machines machines_;
    Workload workload_;
    std::optional<StoreRows> rows_before_fold_;
    Findings findings_;
};

void Run::open() {
    for (int i = 0; i < machines_.count(); ++i) machines_.start(i);
    workload_.offer_coupons();
    go_on(300'000);
}

void Run::sell() {
    FaultRates& faults = server_.faults();
    faults = draw_fault_rates(random_, settings_.scope == repository::GroupScope::all_coupons);
    if (random_.happens(300'000)) {
        for (std::int64_t i = random_.between(1, 20); i > 0; --i) {
            faults.refused.insert(fmt::format("u{}", random_.between(1, plan_.users)));
        }
    }
    faults.is_on = true;
    Observations& seen = recorder_.seen();
    seen.refused = faults.refused;
    seen.may_doubt = faults.doubt_written + faults.doubt_lost + faults.doubt_late > 0;
    seen.may_corrupt = faults.corrupted > 0;
    workload_.begin();
    const bool has_trouble = random_.happens(750'000);
    if (has_trouble) {
        machines_.begin_trouble(random_.between(200'000, 5'000'000),
                                conductor_.now() + plan_.duration);
    }
    // A node that stood still may have lost its locks, too.
    const bool has_one_writer = settings_.scope == repository::GroupScope::all_coupons;
    seen.may_refuse_anybody = faults.stolen_lock > 0 || (has_trouble && !has_one_writer);
    seen.calm_from = conductor_.now() + plan_.duration + until_calm;
    go_on(plan_.duration);
}

void Run::calm_down() {
    trace_.note(conductor_.now(), "calm");
    server_.faults().is_on = false;
    machines_.end_trouble();
    go_on(until_calm);
    workload_.ask_a_few();
    go_on(calm);
}

void Run::fold() {
    trace_.note(conductor_.now(), "two days later");
    rows_before_fold_ = server_.rows();
    machines_.set_clocks(two_days);
    const base::Instant now = start_ + microseconds(conductor_.now()) + two_days;
    recorder_.seen().folded_until =
        base::to_microseconds(daily_.start_of_day(now, std::chrono::days(0)));
    go_on(until_folded);
}

void Run::audit() {
    recorder_.seen().blind = server_.failed_looks();
    Auditor auditor(server_.rows(), recorder_.seen(), findings_);
    auditor.audit();
    auditor.audit_history_since(*rows_before_fold_);
    verify();
}

// The service's own auditor has to come to the same verdict.
void Run::verify() {
    SimulatedStore store(server_, "auditor", settings_.scope);
    const auto snapshot = store.open_snapshot();
    const auto done = service::verify(**snapshot, [this](const service::CouponVerdict& verdict) {
        for (const service::Violation& violation : verdict.violations) {
            findings_.add("dibs verify: coupon {}, rule {}: {}", verdict.coupon_id.value,
                          violation.rule, violation.row);
        }
    });
    if (!done) findings_.add("dibs verify: {}", done.failure().what);
}

RunResult Run::result(std::uint64_t seed) {
    RunResult result;
    result.seed = seed;
    result.trace_hash = trace_.hash();
    result.events = conductor_.event_count();
    result.asked = static_cast<std::int64_t>(recorder_.seen().asked.size());
    result.finding_count = findings_.count();
    result.findings = findings_.kept();
    for (const Asked& asked : recorder_.seen().asked) {
        ++result.answers[asked.is_answered ? asked.answer : "(its node died)"];
    }
    for (const FoldRow& row : server_.rows().folds) result.folded += row.events_in;
    if (!findings_.empty()) {
        result.last_lines.assign(trace_.last_lines().begin(), trace_.last_lines().end());
    }
    return result;
}

}  // namespace

RunResult run_seed(std::uint64_t seed, const FibreStacks& stacks, std::FILE* out) {
    Run run(seed, stacks, out);
    run.go();
    run.audit();
    return run.result(seed);
}

void print_last_lines(std::FILE* out) {
    if (trace_under_way == nullptr) return;
    for (const std::string& line : trace_under_way->last_lines()) fmt::print(out, "  {}\n", line);
}

}  // namespace dibs::simulation
