#include "rehearsal/crowd_thread.h"

#include <sys/prctl.h>

#include <algorithm>

#include "rehearsal/processor_time.h"

namespace dibs::rehearsal {

// One loop: send what is due on idle connections, wait for events, take the answers. A connection
// that has its answer goes to the end of the idle line and whatever is due takes the front one, so
// the three modes differ only in what their `Pace` says is due.

namespace {

using base::SteadyInstant;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// choice: how soon a stop is seen when nothing else happens.
constexpr milliseconds stop_look_distance{50};
// choice: how soon an open gate is seen.
constexpr milliseconds gate_distance{1};
// The kernel lets a sleeper oversleep by 50 µs to save power (prctl(2)), which an open loop would
// measure as the service's. 0 would mean that default.
constexpr unsigned long timer_slack_nanoseconds = 1;
// choice: what a sleeping thread may wake late by; the rest of the way to the start is spent
// looking at the clock.
constexpr std::chrono::microseconds wake_up_margin{200};
// choice: a service that takes no connection at all is not waited for as long as one that takes
// them slowly, but longer than the pause between two attempts.
constexpr milliseconds nobody_timeout{2'000};
// choice: who stops a crowd waits this long for answers that are on their way.
constexpr milliseconds patience_after_stop{2'000};

}  // namespace

base::Result<std::unique_ptr<CrowdThread>> CrowdThread::make(const CrowdGround& ground,
                                                             const CrowdShare& share,
                                                             std::size_t connection_count) {
    const bool notes_arrival = ground.options.mode == CrowdMode::stampede;
    auto pool = ConnectionPool::make(ground.addresses, connection_count, notes_arrival);
    if (!pool) return pool.failure();
    return std::unique_ptr<CrowdThread>(new CrowdThread(ground, share, std::move(pool).value()));
}

CrowdThread::CrowdThread(const CrowdGround& ground, const CrowdShare& share,
                         std::unique_ptr<ConnectionPool> pool)
    : ground_(ground),
      share_(share),
      pool_(std::move(pool)),
      tally_(ground.plan, ground.options.keep_history),
      board_(ground.is_watched) {}

void CrowdThread::run() {
    prctl(PR_SET_TIMERSLACK, timer_slack_nanoseconds, 0, 0, 0);
    open_connections();
    ground_.gate.report_ready();
    if (wait_for_start()) {
        const nanoseconds before = thread_processor_time();
        send_and_receive();
        processor_time_ = thread_processor_time() - before;
    }
    board_.write(pool_->open_count(), tally_);
    ground_.gate.report_finished();
}

void CrowdThread::open_connections() {
    const SteadyInstant begin = ground_.clock.steady_now();
    SteadyInstant now = begin;
    while (pool_->open_count() < pool_->size() && !ground_.stop.stop_requested()) {
        const bool is_anybody_there = pool_->open_count() > 0;
        if (now - begin > ground_.options.connect_timeout) break;
        if (!is_anybody_there && now - begin > nobody_timeout) break;
        pool_->open_due(now);
        turn(gate_distance);
        now = ground_.clock.steady_now();
        board_.write_if_due(now, pool_->open_count(), tally_);
    }
    board_.write(pool_->open_count(), tally_);
}

bool CrowdThread::wait_for_start() {
    StartingGate::Signal signal = ground_.gate.signal();
    while (signal == StartingGate::Signal::wait) {
        // Those that the service closes meanwhile are opened again: at the start all are open.
        pool_->open_due(ground_.clock.steady_now());
        turn(gate_distance);
        signal = ground_.gate.signal();
    }
    if (signal == StartingGate::Signal::home) return false;
    start_ = ground_.gate.go_at();
    SteadyInstant now = ground_.clock.steady_now();
    while (now + wake_up_margin < start_) {
        pool_->open_due(now);
        turn(std::min<nanoseconds>(gate_distance, start_ - wake_up_margin - now));
        now = ground_.clock.steady_now();
    }
    while (now < start_) now = ground_.clock.steady_now();
    return true;
}

void CrowdThread::send_and_receive() {
    open_at_start_ = pool_->open_count();
    pace_.emplace(ground_.options, share_, start_);
    if (ground_.options.mode == CrowdMode::stampede) arrivals_.emplace(ground_.clock);
    last_event_at_ = start_;
    SteadyInstant now = ground_.clock.steady_now();
    // A stampede reads nothing before everything is sent; what arrives meanwhile lies in the
    // kernel, which notes when it came.
    send_due(now);
    now = ground_.clock.steady_now();
    first_wave_took_ = now - start_;
    while (!is_finished(now)) {
        pool_->open_due(now);
        turn(patience_at(now));
        now = ground_.clock.steady_now();
        send_due(now);
        look_around(now);
    }
    never_sent_ += pace_->left_behind(now) + handed_back_.size();
}

bool CrowdThread::is_finished(SteadyInstant now) {
    if (is_stopping_ && now >= give_up_at_) {
        for (std::uint32_t index = 0; index < pool_->size(); ++index) {
            if (pool_->at(index).state != Connection::State::busy) continue;
            give_up(index, now, NoAnswer::timed_out);
        }
    }
    if (pool_->busy_count() > 0) return false;
    if (is_stopping_) return true;
    if (pace_->is_over(now) && handed_back_.empty()) return true;
    // Something is due, but there has been no connection to send it on for long: nobody is there.
    // In the loops the service may still come back until the time is up.
    return pool_->open_count() == 0 && pace_->is_past_end(now) &&
           now - last_event_at_ > std::max(ground_.options.answer_timeout, nobody_timeout);
}

nanoseconds CrowdThread::patience_at(SteadyInstant now) const {
    const auto next = pace_->next_due(now);
    if (!next || !pool_->has_idle()) {
        // Connections that wait for their turn to be opened look for it more often.
        return pool_->open_count() < pool_->size() ? gate_distance : stop_look_distance;
    }
    return std::clamp<nanoseconds>(*next - now, nanoseconds(0), stop_look_distance);
}

void CrowdThread::turn(nanoseconds patience) {
    const auto events = pool_->wait(patience);
    if (events.empty()) return;
    if (arrivals_) arrivals_->look();
    for (const epoll_event& event : events) handle(event);
}

void CrowdThread::handle(const epoll_event& event) {
    const std::uint32_t index = event.data.u32;
    switch (pool_->at(index).state) {
        // It was closed by what came before it in the same turn.
        case Connection::State::closed: return;
        case Connection::State::connecting: {
            const SteadyInstant now = ground_.clock.steady_now();
            const bool is_open = pool_->finish_connecting(index, now);
            if (is_open && pace_) send_due(now);
            return;
        }
        case Connection::State::idle: {
            // Nothing is owed here: it is the end of the connection, or bytes nobody asked for.
            if (pool_->receive_on(index).end == Received::End::nothing_yet) return;
            pool_->close(index, ground_.clock.steady_now(), true);
            return;
        }
        case Connection::State::busy: {
            if ((event.events & EPOLLOUT) != 0) pool_->send_rest(index);
            if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive_answer(index);
            return;
        }
    }
}

void CrowdThread::receive_answer(std::uint32_t index) {
    Connection& connection = pool_->at(index);
    const Received received = pool_->receive_on(index);
    if (received.end == Received::End::nothing_yet) return;
    if (received.end == Received::End::broken) {
        give_up(index, ground_.clock.steady_now(), NoAnswer::cut_off);
        return;
    }
    // Nearly always the answer is whole in one piece, and is read where it lies.
    std::string_view bytes = received.bytes;
    if (!connection.received.empty()) {
        connection.received += bytes;
        bytes = connection.received;
    }
    const Answer answer = read_answer(bytes);
    switch (answer.form) {
        case AnswerForm::partial:
            if (connection.received.empty()) connection.received = bytes;
            return;
        case AnswerForm::malformed:
            give_up(index, ground_.clock.steady_now(), NoAnswer::malformed);
            return;
        case AnswerForm::whole: take_answer(index, answer, received.arrived_at); return;
    }
}

void CrowdThread::take_answer(std::uint32_t index, const Answer& answer,
                              std::optional<base::Instant> arrived_at) {
    Connection& connection = pool_->at(index);
    const SteadyInstant now = ground_.clock.steady_now();
    // The customer had the answer when it arrived, not when this thread got to read it (8,000 users
    // at once: p50 4 to 12 ms against 40 to 60).
    const auto noted =
        arrived_at && arrivals_ ? arrivals_->moment_of(*arrived_at) : std::optional(now);
    const SteadyInstant answered_at =
        std::clamp(noted.value_or(now), std::min(connection.request.sent_at, now), now);
    tally_.count_answer(connection.request, answered_at, answer);
    last_event_at_ = now;
    const bool can_go_on = answer.keeps_alive && connection.unsent.empty();
    // `answer` may point into this.
    connection.received.clear();
    if (can_go_on) {
        pool_->put_idle(index);
        send_due(now);
    } else {
        pool_->close(index, now, false);
    }
}

void CrowdThread::give_up(std::uint32_t index, SteadyInstant now, NoAnswer why) {
    tally_.count_no_answer(pool_->at(index).request, now, why);
    last_event_at_ = now;
    // Who lets a request hang takes connections all the same; who cuts one off may not.
    pool_->close(index, now, why == NoAnswer::cut_off);
}

std::optional<DueRequest> CrowdThread::next_request(SteadyInstant now) {
    if (is_stopping_) return std::nullopt;
    if (handed_back_.empty()) return pace_->take(now);
    const DueRequest request = handed_back_.back();
    handed_back_.pop_back();
    return request;
}

void CrowdThread::send_due(SteadyInstant now) {
    while (pool_->has_idle()) {
        const auto due = next_request(now);
        if (!due) return;
        outgoing_.clear();
        ground_.plan.append_request(outgoing_, due->number);
        const bool is_open_loop = ground_.options.mode == CrowdMode::open_loop;
        const SentRequest request{due->number, is_open_loop ? due->intended : now, now};
        if (pool_->send(outgoing_, request)) {
            tally_.count_sent();
            last_event_at_ = now;
        } else {
            handed_back_.push_back(*due);
        }
        // Nobody else waits here, and sending many takes a while: the next one starts later.
        if (pool_->has_idle()) now = ground_.clock.steady_now();
    }
    if (!ground_.options.goes_away_when_full || is_stopping_) return;
    while (pace_->take(now)) ++never_sent_;
}

void CrowdThread::look_around(SteadyInstant now) {
    board_.write_if_due(now, pool_->open_count(), tally_);
    if (now < next_look_) return;
    next_look_ = now + stop_look_distance;
    if (ground_.stop.stop_requested() && !is_stopping_) {
        is_stopping_ = true;
        pace_->stop(now);
        give_up_at_ = now + std::min(patience_after_stop, ground_.options.answer_timeout);
    }
    for (std::uint32_t index = 0; index < pool_->size(); ++index) {
        const Connection& connection = pool_->at(index);
        if (connection.state != Connection::State::busy) continue;
        if (now - connection.request.sent_at < ground_.options.answer_timeout) continue;
        give_up(index, now, NoAnswer::timed_out);
    }
}

void CrowdThread::add_to(CrowdResult& result) const {
    tally_.add_to(result, start_);
    result.never_sent += never_sent_;
    result.connections_open += open_at_start_;
    result.reconnections += pool_->reconnections();
    result.first_wave_took = std::max(result.first_wave_took, first_wave_took_);
    result.processor_time += processor_time_;
}

}  // namespace dibs::rehearsal
