#pragma once

#include <memory>

#include "app/command_line.h"
#include "app/settings.h"
#include "base/clock.h"
#include "base/result.h"

namespace dibs::app {

/// A whole service, running: the only place where its parts are made and joined.
class Service {
public:
    /// Opens the store, starts every thread, and answers on both listeners when it returns. `clock`
    /// must outlive it. Fails: invalid (configuration), unavailable (the store is held, a port is
    /// taken).
    [[nodiscard]] static base::Result<std::unique_ptr<Service>> start(const Settings& settings,
                                                                      const base::Clock& clock);
    virtual ~Service() = default;

    /// Where it answers; the ports are the real ones, also where 0 was asked for.
    [[nodiscard]] virtual Endpoint public_endpoint() const = 0;
    [[nodiscard]] virtual Endpoint admin_endpoint() const = 0;

    /// Stops accepting, answers everybody who was let in, and ends every thread. Within the drain
    /// time-out, and then some. Calling again does nothing.
    virtual void stop() = 0;
};

/// `dibs serve`: runs until SIGTERM or SIGINT.
[[nodiscard]] ExitCode serve(const ServeCommand& command);

}  // namespace dibs::app
