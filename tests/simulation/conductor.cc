#include "simulation/conductor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

// A fibre is ended by destroying its context: that throws through whatever it was doing, so that
// every object on its stack goes as at the end of its scope, and no line of it runs any more.

namespace dibs::simulation {

namespace {

// choice: how long it takes until somebody who waited for something has noticed it, at most.
constexpr Time notice_max = 5;

// choice: more than a hundred times what a run takes.
constexpr std::uint64_t event_count_max = 20'000'000;

}  // namespace

Conductor::~Conductor() {
    is_ending_ = true;
    for (const auto& fibre : fibres_) fibre->context = boost::context::fiber();
}

void Conductor::after(Time duration, Owner owner, std::function<void()> deed) {
    push({.at = now_ + duration,
          .owner = owner,
          .fibre = nullptr,
          .deed = std::make_shared<std::function<void()>>(std::move(deed))});
}

void Conductor::spawn(Owner owner, std::function<void()> body) {
    auto fibre = std::make_shared<Fibre>();
    fibre->owner = owner;
    fibre->context = boost::context::fiber(
        std::allocator_arg, stacks_, [this, work = std::move(body)](boost::context::fiber&& from) {
            main_ = std::move(from);
            try {
                work();
            } catch (const std::exception&) {
                thrown_ = std::current_exception();
            }
            return std::move(main_);
        });
    fibres_.push_back(fibre);
    wake_after(random_.between(0, notice_max), fibre);
}

void Conductor::sleep(Time duration) {
    wake_after(duration, current_);
    leave();
}

bool Conductor::wait(const std::function<bool()>& ready, Time longest) {
    const Time end = now_ + longest;
    while (!ready() && now_ < end) {
        current_->ready = &ready;
        waiting_.push_back(current_);
        if (longest < for_ever) wake_after(end - now_, current_);
        leave();
    }
    return ready();
}

void Conductor::end(Owner owner) {
    ended_.insert(owner);
    is_ending_ = true;
    const auto is_its_own = [&](const auto& fibre) { return fibre->owner == owner; };
    std::erase_if(waiting_, is_its_own);
    // In the order in which they were started, one by one.
    for (const auto& fibre : fibres_) {
        if (is_its_own(fibre)) fibre->context = boost::context::fiber();
    }
    std::erase_if(fibres_, is_its_own);
    is_ending_ = false;
}

void Conductor::pause(Owner owner, Time duration) {
    paused_.emplace_back(owner, now_ + duration);
}

void Conductor::run_until(Time end) {
    while (!events_.empty() && events_.top().at <= end) {
        Event event = events_.top();
        events_.pop();
        now_ = event.at;
        if (ended_.contains(event.owner)) continue;
        if (++event_count_ > event_count_max) throw std::runtime_error("the run does not end");
        happen(std::move(event));
        wake_who_is_ready();
    }
    now_ = end;
}

void Conductor::push(Event event) {
    event.tie = random_.next();
    event.number = event_count_;
    events_.push(std::move(event));
}

void Conductor::wake_after(Time duration, const std::shared_ptr<Fibre>& fibre) {
    push({.at = now_ + duration,
          .owner = fibre->owner,
          .fibre = fibre,
          .turn = fibre->turn,
          .deed = nullptr});
}

void Conductor::happen(Event event) {
    if (event.fibre && event.fibre->turn != event.turn) return;
    std::erase_if(paused_, [this](const auto& pause) { return pause.second <= now_; });
    for (const auto& [owner, until] : paused_) {
        if (owner != event.owner) continue;
        event.at = until;
        return push(std::move(event));
    }
    if (event.deed) return (*event.deed)();
    resume(event.fibre);
}

void Conductor::resume(const std::shared_ptr<Fibre>& fibre) {
    ++fibre->turn;
    if (std::exchange(fibre->ready, nullptr) != nullptr) std::erase(waiting_, fibre);
    current_ = fibre;
    fibre->context = std::move(fibre->context).resume();
    current_.reset();
    if (!fibre->context) std::erase(fibres_, fibre);
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Conductor::leave() {
    main_ = std::move(main_).resume();
}

// Whoever is woken looks again when it runs: somebody may be quicker.
void Conductor::wake_who_is_ready() {
    std::erase_if(waiting_, [this](const std::shared_ptr<Fibre>& fibre) {
        if (!(*fibre->ready)()) return false;
        fibre->ready = nullptr;
        ++fibre->turn;
        wake_after(random_.between(0, notice_max), fibre);
        return true;
    });
}

}  // namespace dibs::simulation
