#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dibs::rehearsal {

/// What was counted so far.
struct ProgressCounts {
    std::uint64_t sent = 0;
    std::uint64_t issued = 0;
    std::uint64_t replayed = 0;
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::uint64_t failed = 0;
    std::uint64_t unanswered = 0;  ///< Malformed answers included.

    [[nodiscard]] std::uint64_t answered() const {
        return issued + replayed + done + refused + failed;
    }

    ProgressCounts& operator+=(const ProgressCounts& other) {
        sent += other.sent;
        issued += other.issued;
        replayed += other.replayed;
        done += other.done;
        refused += other.refused;
        failed += other.failed;
        unanswered += other.unanswered;
        return *this;
    }
};

/// Where a crowd stands.
enum class CrowdPhase : std::uint8_t { connecting, running, over };

/// A moment's view of a crowd.
struct Progress {
    CrowdPhase phase = CrowdPhase::connecting;
    std::size_t connections_open = 0;
    std::size_t connections_wanted = 0;
    ProgressCounts counts;
    std::uint64_t requests_planned = 0;    ///< 0: as many as the time allows.
    std::chrono::nanoseconds elapsed{0};   ///< Since the start; none while connecting.
    std::chrono::nanoseconds duration{0};  ///< How long requests are sent; 0: until all are.
    std::chrono::nanoseconds latency_p50{0};
    std::chrono::nanoseconds latency_p99{0};
};

/// Somebody who watches a crowd.
class ProgressSink {
public:
    virtual ~ProgressSink() = default;

    /// Whether `show` does anything; if not, the crowd saves itself the counting.
    [[nodiscard]] virtual bool is_watching() const = 0;

    /// Called about ten times a second, and once at the end, on the thread that called `run_crowd`.
    virtual void show(const Progress& progress) = 0;
};

/// Nobody watches.
class NoProgress final : public ProgressSink {
public:
    [[nodiscard]] bool is_watching() const override { return false; }
    void show(const Progress&) override {}
};

}  // namespace dibs::rehearsal
