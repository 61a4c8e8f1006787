#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace dibs::base {

/// A value that can only be reached while its lock is held.
///
/// Any thread may call. What runs inside must be short and must not block; a reference to the value
/// must not leave the callback.
template <typename T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    /// Runs `use(value)` under the lock and returns what it returns.
    template <typename Use>
    decltype(auto) with(Use&& use) {
        const std::lock_guard lock(mutex_);
        return std::forward<Use>(use)(value_);
    }

    template <typename Use>
    decltype(auto) with(Use&& use) const {
        const std::lock_guard lock(mutex_);
        return std::forward<Use>(use)(value_);
    }

    /// Blocks until `ready(value)` is true, then runs `use(value)` under the same hold of the lock.
    template <typename Ready, typename Use>
    decltype(auto) wait(Ready&& ready, Use&& use) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready(value_); });
        return std::forward<Use>(use)(value_);
    }

    /// As `wait`, but no longer than until `deadline`; `use` runs either way.
    template <typename Deadline, typename Ready, typename Use>
    decltype(auto) wait_until(Deadline deadline, Ready&& ready, Use&& use) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, deadline, [&] { return ready(value_); });
        return std::forward<Use>(use)(value_);
    }

    /// Wakes those who wait. Call after a change, with the lock not held.
    void notify_one() { changed_.notify_one(); }
    void notify_all() { changed_.notify_all(); }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    T value_{};
};

}  // namespace dibs::base
