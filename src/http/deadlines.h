#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>

#include "base/clock.h"

namespace dibs::http {

/// Something that may wait for no longer than a while. Belongs to one thread; leaves its queue when
/// it is destroyed.
class Deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    /// Called when the time is over; it is in no queue then.
    virtual void expire() = 0;

protected:
    ~Deadline() = default;

private:
    friend class DeadlineQueue;
    base::SteadyInstant since_{};
};

/// Those who wait for the same length of time. As the length is the same for all, the first to come
/// is the first whose time is over: no timer is set for anyone, and a look at the front tells all.
class DeadlineQueue {
public:
    explicit DeadlineQueue(std::chrono::milliseconds patience) : patience_(patience) {}

    /// Lets `deadline` wait here from `now` on, and no longer where it waited before.
    void add(Deadline& deadline, base::SteadyInstant now);
    /// Expires whose time is over.
    void sweep(base::SteadyInstant now);
    /// Lets all that wait here wait in `other` instead, from `now` on.
    void move_all_to(DeadlineQueue& other, base::SteadyInstant now);

private:
    using List = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;

    const std::chrono::milliseconds patience_;
    List waiting_;
};

}  // namespace dibs::http
