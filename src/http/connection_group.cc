#include "http/connection_group.h"

#include <utility>

namespace dibs::http {

namespace {

using std::chrono::milliseconds;

// Choice: deadlines are seconds long, so half a second of lateness doesn't matter, and two looks a
// second cost nothing.
constexpr milliseconds sweep_period(500);

// Choice: an answer crosses the world and back within a second; who has not taken note of it by
// then is not waited for.
constexpr milliseconds linger_timeout(1000);

// Choice: so many may at once be told that there are too many; beyond it they are closed without a
// word, so that telling them can't itself become a flood.
constexpr std::size_t turned_away_max = 64;

// Choice: what answers usually fit in; after a larger one the memory is given back.
constexpr std::size_t kept_scratch_bytes = 64 * 1024;

}  // namespace

bool ConnectionLimit::enter() {
    if (open_.fetch_add(1, std::memory_order_relaxed) < connections_max_) return true;
    leave();
    return false;
}

ConnectionGroup::ConnectionGroup(std::size_t loop_number, Settings settings)
    : settings_(std::move(settings)),
      loop_(loop_number),
      sweep_timer_(loop_.context()),
      idle_(settings_.options.idle_timeout),
      header_(settings_.options.header_timeout),
      body_(settings_.options.body_timeout),
      writing_(settings_.options.write_timeout),
      lingering_(linger_timeout),
      last_request_(settings_.options.drain_timeout) {}

void ConnectionGroup::start() {
    sweep_later();
}

void ConnectionGroup::admit(Socket socket) {
    counts_.accepted.add_one();
    const bool has_place = settings_.limit.enter();
    if (!has_place) {
        counts_.refused.add_one();
        if (turned_away_count_ == turned_away_max) return;
        ++turned_away_count_;
    }
    const auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket));
    living_.push_back(*connection);
    ++living_count_;
    if (has_place) {
        Connection::serve(connection);
    } else {
        Connection::turn_away(connection,
                              {RefusalKind::overloaded, "There are too many connections."});
    }
}

void ConnectionGroup::begin_drain(std::function<void()> when_empty) {
    when_empty_ = std::move(when_empty);
    idle_.move_all_to(last_request_, settings_.clock.steady_now());
    tell_if_empty();
}

void ConnectionGroup::end() {
    has_ended_ = true;
    sweep_timer_.cancel();
    // A connection leaves the list by itself only when its coroutine has noticed; so it is taken
    // off first.
    while (!living_.empty()) {
        Connection& connection = living_.front();
        living_.pop_front();
        connection.cut();
    }
}

void ConnectionGroup::enter(Connection& connection, Connection::Phase phase) {
    const auto wait_in = [&](DeadlineQueue& queue) {
        queue.add(connection, settings_.clock.steady_now());
    };
    switch (phase) {
        case Connection::Phase::idle: wait_in(is_draining() ? last_request_ : idle_); break;
        case Connection::Phase::header: wait_in(header_); break;
        case Connection::Phase::body: wait_in(body_); break;
        case Connection::Phase::writing: wait_in(writing_); break;
        case Connection::Phase::lingering: wait_in(lingering_); break;
        case Connection::Phase::answering:
        case Connection::Phase::over: connection.Deadline::unlink(); break;
    }
}

void ConnectionGroup::leave(Connection& connection) {
    connection.LivingHook::unlink();
    --living_count_;
    if (connection.was_turned_away()) {
        --turned_away_count_;
    } else {
        settings_.limit.leave();
    }
    tell_if_empty();
}

void ConnectionGroup::tell_if_empty() {
    if (!when_empty_ || living_count_ > 0) return;
    was_empty_ = true;
    std::exchange(when_empty_, nullptr)();
}

std::string& ConnectionGroup::scratch() {
    scratch_.clear();
    if (scratch_.capacity() > kept_scratch_bytes) scratch_.shrink_to_fit();
    return scratch_;
}

std::string_view ConnectionGroup::date() {
    const auto now = std::chrono::floor<std::chrono::seconds>(settings_.clock.now());
    if (now != date_second_ || date_.empty()) {
        date_second_ = now;
        date_ = to_http_date(now);
    }
    return date_;
}

void ConnectionGroup::sweep_later() {
    sweep_timer_.expires_after(sweep_period);
    sweep_timer_.async_wait([this](const boost::system::error_code& error) {
        // It may have been on its way here when it was cancelled.
        if (error || has_ended_) return;
        sweep();
        sweep_later();
    });
}

void ConnectionGroup::sweep() {
    const base::SteadyInstant now = settings_.clock.steady_now();
    for (DeadlineQueue* const queue :
         {&idle_, &header_, &body_, &writing_, &lingering_, &last_request_}) {
        queue->sweep(now);
    }
}

}  // namespace dibs::http
