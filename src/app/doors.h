#pragma once

#include "app/settings.h"
#include "base/result.h"
#include "http/bound_sockets.h"

namespace dibs::app {

/// Where a service will answer, customers and operators: nobody can connect yet, and nobody else
/// can take the addresses.
struct Doors {
    http::BoundSockets customers;
    http::BoundSockets operators;

    /// Binds both, as the settings say. Blocks while names are resolved. Fails: invalid (no such
    /// address; both are the same one), unavailable (a port is taken, no permission).
    [[nodiscard]] static base::Result<Doors> bind(const Settings& settings);
};

}  // namespace dibs::app
