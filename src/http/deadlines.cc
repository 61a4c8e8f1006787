#include "http/deadlines.h"

namespace dibs::http {

void DeadlineQueue::add(Deadline& deadline, base::SteadyInstant now) {
    deadline.unlink();
    deadline.since_ = now;
    waiting_.push_back(deadline);
}

void DeadlineQueue::sweep(base::SteadyInstant now) {
    while (!waiting_.empty() && waiting_.front().since_ + patience_ <= now) {
        Deadline& deadline = waiting_.front();
        waiting_.pop_front();
        deadline.expire();
    }
}

void DeadlineQueue::move_all_to(DeadlineQueue& other, base::SteadyInstant now) {
    while (!waiting_.empty()) other.add(waiting_.front(), now);
}

}  // namespace dibs::http
