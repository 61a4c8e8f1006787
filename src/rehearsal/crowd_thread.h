#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "rehearsal/address.h"
#include "rehearsal/arrival_clock.h"
#include "rehearsal/connection_pool.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/pace.h"
#include "rehearsal/progress_board.h"
#include "rehearsal/request_plan.h"
#include "rehearsal/starting_gate.h"
#include "rehearsal/tally.h"

namespace dibs::rehearsal {

/// What the threads of a crowd have in common; all of it outlives them.
struct CrowdGround {
    const CrowdOptions& options;
    const RequestPlan& plan;
    const std::vector<Address>& addresses;
    const base::Clock& clock;
    StartingGate& gate;
    std::stop_token stop;
    bool is_watched;  ///< Whether anybody reads the boards while it runs.
};

/// One thread's part of the crowd: its connections, its requests, what it saw.
///
/// `run` is the body of a thread; the rest, but for `board`, may be called only before `run` begins
/// or after it has returned.
class CrowdThread {
public:
    /// Fails: unavailable (no epoll).
    [[nodiscard]] static base::Result<std::unique_ptr<CrowdThread>> make(
        const CrowdGround& ground, const CrowdShare& share, std::size_t connection_count);

    /// Opens the connections, reports ready, starts when the gate says so, and returns when nothing
    /// is due or awaited any more.
    void run();

    /// How far it is. Any thread may ask.
    [[nodiscard]] const ProgressBoard& board() const { return board_; }

    /// Adds what this thread saw to the result.
    void add_to(CrowdResult& result) const;

    [[nodiscard]] int last_error() const { return pool_->last_error(); }
    [[nodiscard]] base::SteadyInstant last_answer_at() const { return tally_.last_answer_at(); }

private:
    CrowdThread(const CrowdGround& ground, const CrowdShare& share,
                std::unique_ptr<ConnectionPool> pool);

    void open_connections();
    [[nodiscard]] bool wait_for_start();
    void send_and_receive();

    [[nodiscard]] bool is_finished(base::SteadyInstant now);
    [[nodiscard]] std::chrono::nanoseconds patience_at(base::SteadyInstant now) const;
    void turn(std::chrono::nanoseconds patience);
    void handle(const epoll_event& event);
    void receive_answer(std::uint32_t index);
    void take_answer(std::uint32_t index, const Answer& answer,
                     std::optional<base::Instant> arrived_at);
    void give_up(std::uint32_t index, base::SteadyInstant now, NoAnswer why);
    void send_due(base::SteadyInstant now);
    [[nodiscard]] std::optional<DueRequest> next_request(base::SteadyInstant now);
    void look_around(base::SteadyInstant now);

    const CrowdGround ground_;
    const CrowdShare share_;
    const std::unique_ptr<ConnectionPool> pool_;
    Tally tally_;
    std::optional<Pace> pace_;             ///< From the start on.
    std::vector<DueRequest> handed_back_;  ///< Taken, but not a byte of them could be sent.
    std::string outgoing_;
    base::SteadyInstant start_{};
    base::SteadyInstant next_look_{};
    base::SteadyInstant last_event_at_{};   ///< When a request was sent, answered or given up.
    std::optional<ArrivalClock> arrivals_;  ///< In a stampede, from the start on.
    bool is_stopping_ = false;
    base::SteadyInstant give_up_at_{};
    std::uint64_t never_sent_ = 0;
    std::size_t open_at_start_ = 0;
    std::chrono::nanoseconds first_wave_took_{0};
    std::chrono::nanoseconds processor_time_{0};
    ProgressBoard board_;
};

}  // namespace dibs::rehearsal
