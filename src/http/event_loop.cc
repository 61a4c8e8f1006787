#include "http/event_loop.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

namespace dibs::http {

EventLoop::EventLoop(std::size_t number)
    // One thread runs the reactor: Asio then signals it with less ado.
    : number_(number), context_(1), work_(context_.get_executor()) {}

void EventLoop::post(Task task) {
    const bool must_wake = mailbox_.with([&](Mailbox& mailbox) {
        if (mailbox.is_closed) return false;
        mailbox.tasks.push_back(std::move(task));
        return !std::exchange(mailbox.is_woken, true);
    });
    // One wake-up for all that is posted until the loop has looked: waking costs a system call and
    // a lock, and a group's answers come by the hundred.
    if (must_wake) {
        wake_count_.fetch_add(1, std::memory_order_relaxed);
        boost::asio::post(context_, [this] { empty_mailbox(); });
    }
}

void EventLoop::post_after(std::chrono::milliseconds wait, Task task) {
    auto timer = std::make_unique<boost::asio::steady_timer>(context_, wait);
    boost::asio::steady_timer& running = *timer;
    running.async_wait([timer = std::move(timer), run = std::move(task)](
                           const boost::system::error_code&) mutable { run(); });
}

bool EventLoop::is_here() const {
    return thread_id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void EventLoop::run() {
    thread_id_ = std::this_thread::get_id();
    context_.run();
    // First of all: what is still posted may hold Replies, and so may those who post from now on.
    has_ended_.store(true, std::memory_order_release);
    close_mailbox();
    // The system may give the number of a thread that has ended to another.
    thread_id_ = std::thread::id();
}

void EventLoop::empty_mailbox() {
    mailbox_.with([&](Mailbox& mailbox) {
        mailbox.is_woken = false;
        taken_.swap(mailbox.tasks);
    });
    for (Task& task : taken_) task();
    taken_.clear();
}

void EventLoop::close_mailbox() {
    std::vector<Task> left;
    mailbox_.with([&](Mailbox& mailbox) {
        mailbox.is_closed = true;
        left.swap(mailbox.tasks);
    });
}

}  // namespace dibs::http
