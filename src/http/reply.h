#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "http/message.h"

namespace dibs::http {

class Connection;

/// One HTTP thread: an event loop, and a mailbox through which other threads reach it.
class Loop {
public:
    virtual ~Loop() = default;

    /// Runs `task` on this loop's thread, after what was posted before. Any thread may call; never
    /// blocks. However many tasks are posted before the loop gets to them, it is woken once. A task
    /// posted after the loop has ended is destroyed without being run.
    virtual void post(std::move_only_function<void()> task) = 0;

    /// Runs `task` on this loop's thread, not before `wait` has passed by the machine's clock. On
    /// the loop's thread only. The loop doesn't end before; a task whose time comes after `end` is
    /// still run.
    virtual void post_after(std::chrono::milliseconds wait,
                            std::move_only_function<void()> task) = 0;

    /// Whether the calling thread is this loop's own.
    [[nodiscard]] virtual bool is_here() const = 0;

    /// Which of its server's loops this is: 0, 1, 2 …
    [[nodiscard]] virtual std::size_t number() const = 0;
};

/// The one answer that a request is owed.
///
/// Movable, not copyable; used and destroyed on its loop's thread only. One that is destroyed
/// without having been sent answers 500, so that no caller waits for ever.
class Reply {
public:
    explicit Reply(std::shared_ptr<Connection> connection);
    ~Reply();
    Reply(Reply&&) noexcept;
    Reply& operator=(Reply&&) noexcept;

    /// Sends the answer; the reply is used up. If the client has gone, nothing happens.
    void send(Response response);

    /// The loop on whose thread this reply must be sent.
    [[nodiscard]] Loop& loop() const;

private:
    std::shared_ptr<Connection> connection_;
};

}  // namespace dibs::http
