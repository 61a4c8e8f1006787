#pragma once

#include <functional>
#include <string>
#include <thread>

namespace dibs::base {

/// A thread that carries its name to `top`, `gdb` and crash reports, and is joined when it goes.
///
/// Owned and joined by one thread. Whoever owns it must have told the body to end before destroying
/// it.
class NamedThread {
public:
    NamedThread() = default;
    /// Starts `body` at once. `name` is cut to the kernel's 15 bytes.
    NamedThread(std::string name, std::function<void()> body);
    ~NamedThread() { join(); }

    NamedThread(NamedThread&&) noexcept = default;
    NamedThread& operator=(NamedThread&& other) noexcept;

    /// Waits for the body to return. Does nothing if it was never started or was joined already.
    void join();

private:
    std::thread thread_;
};

}  // namespace dibs::base
