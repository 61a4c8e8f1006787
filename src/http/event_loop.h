#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "http/reply.h"

namespace dibs::http {

/// The one implementation of `Loop`: an Asio reactor for one thread, and a mailbox.
class EventLoop final : public Loop {
public:
    using Task = std::move_only_function<void()>;

    explicit EventLoop(std::size_t number);

    void post(Task task) override;
    void post_after(std::chrono::milliseconds wait, Task task) override;
    [[nodiscard]] bool is_here() const override;
    [[nodiscard]] std::size_t number() const override { return number_; }

    /// The loop's thread: does what is posted and what sockets and timers bring, until `end` was
    /// called and no socket and timer is waited for any more. Then destroys what is still posted.
    void run();
    /// Lets `run` return. On the loop's thread.
    void end() { work_.reset(); }
    /// Whether `run` is over. Any thread.
    [[nodiscard]] bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

    [[nodiscard]] boost::asio::io_context& context() { return context_; }
    /// How often the mailbox has woken the reactor. Any thread.
    [[nodiscard]] std::uint64_t wake_count() const { return wake_count_.load(); }

private:
    struct Mailbox {
        std::vector<Task> tasks;
        bool is_woken = false;   // A wake-up is on its way.
        bool is_closed = false;  // Nobody will look any more.
    };

    void empty_mailbox();
    void close_mailbox();

    const std::size_t number_;
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    base::Guarded<Mailbox> mailbox_;
    std::vector<Task> taken_;  // Emptied in each turn; kept for its memory.
    std::atomic<std::thread::id> thread_id_;
    std::atomic<std::uint64_t> wake_count_ = 0;
    std::atomic<bool> has_ended_ = false;
};

}  // namespace dibs::http
