#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/descriptor.h"
#include "http/server.h"

namespace dibs::http {

/// The sockets of a server that is yet to be opened, one for each of its threads, bound to one
/// address. Nobody can connect to them, and nobody else can bind the address as long as they live:
/// for who has more to make than a server, and would rather know beforehand that it will be
/// reached.
class BoundSockets {
public:
    /// Blocks for as long as the system takes to resolve the host's name.
    /// Fails: invalid (no such address, no threads), unavailable (the port is taken, no
    /// permission).
    [[nodiscard]] static base::Result<BoundSockets> bind(const ServerOptions& options);

    /// What they were bound for.
    [[nodiscard]] const ServerOptions& options() const { return options_; }
    /// The port; the real one, also where 0 was asked for.
    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// Has the kernel take connections from here on, and gives the sockets away, one for each
    /// thread. Fails: unavailable.
    [[nodiscard]] base::Result<std::vector<Descriptor>> listen() &&;

private:
    BoundSockets(ServerOptions options, std::uint16_t port, std::vector<Descriptor> sockets)
        : options_(std::move(options)), port_(port), sockets_(std::move(sockets)) {}

    ServerOptions options_;
    std::uint16_t port_;
    std::vector<Descriptor> sockets_;
};

}  // namespace dibs::http
