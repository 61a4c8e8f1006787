#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/named_thread.h"

namespace dibs::base {

/// A few threads that do what may block, one task after another, in the order in which they were
/// given.
///
/// The line of waiting tasks is bounded: `submit` turns away the first one too many instead of
/// growing.
class Workers {
public:
    using Task = std::move_only_function<void()>;

    /// Starts `thread_count` threads named `name`. No more than `waiting_max` tasks wait at once.
    Workers(const std::string& name, std::size_t thread_count, std::size_t waiting_max);
    ~Workers() { stop(); }

    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Hands a task over. False if the line is full or the workers are stopping; the task is then
    /// dropped without having run. Any thread may call; never blocks.
    [[nodiscard]] bool submit(Task task);

    /// Does the task that has waited longest, on the calling thread: what each of the threads does
    /// again and again. Blocks until there is one. False if the workers are stopping and none is
    /// left. Any thread may call; workers with no thread of their own do what callers do.
    [[nodiscard]] bool run_next();

    /// How many tasks wait to be begun.
    [[nodiscard]] std::size_t waiting() const;

    /// Takes no more tasks, finishes those that wait, and joins the threads. Calling again does
    /// nothing.
    void stop();

private:
    struct Line {
        std::deque<Task> waiting;
        bool is_stopping = false;
    };

    const std::size_t waiting_max_;
    Guarded<Line> line_;
    std::vector<NamedThread> threads_;
};

}  // namespace dibs::base
