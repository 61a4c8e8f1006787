#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/instant.h"
#include "rehearsal/tally.h"

namespace dibs::rehearsal {

/// One connection of the crowd. Carries one request at a time.
struct Connection {
    enum class State : std::uint8_t {
        closed,      ///< Waits for its turn to be opened.
        connecting,  ///< The handshake is under way.
        idle,        ///< Open, and owes nothing.
        busy,        ///< A request was sent, or is being sent; its answer is awaited.
    };

    State state = State::closed;
    int socket = -1;
    unsigned failures = 0;        ///< In a row; each makes the next attempt wait longer.
    base::SteadyInstant since{};  ///< When it came to be connecting.
    SentRequest request;          ///< While busy.
    std::string received;         ///< The beginning of an answer.
    std::string unsent;           ///< The end of a request that the kernel did not take yet.
};

/// What came out of a socket.
struct Received {
    enum class End : std::uint8_t { bytes, nothing_yet, broken };

    End end = End::broken;
    std::string_view bytes;  ///< In the buffer that was handed in.
    /// When the bytes reached this machine, if the kernel was asked to note it.
    std::optional<base::Instant> arrived_at;
};

/// Makes a socket that never blocks, for an address of this family; -1 with errno if it can't be.
/// `notes_arrival`: have the kernel note when bytes arrive.
[[nodiscard]] int make_socket(int family, bool notes_arrival);

/// Takes what has arrived, without waiting. One call takes a whole answer as long as it fits in the
/// buffer.
[[nodiscard]] Received receive(int socket, std::span<char> buffer, bool notes_arrival);

}  // namespace dibs::rehearsal
