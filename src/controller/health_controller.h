#pragma once

#include <atomic>

#include "base/workers.h"
#include "http/router.h"
#include "metrics/registry.h"
#include "repository/store.h"

namespace dibs::controller {

/// What machines ask: is it alive, is it ready, how is it doing. Asks for no credentials: it
/// answers on the operators' listener only.
class HealthController {
public:
    /// All must outlive it.
    HealthController(repository::Store& store, const metrics::Registry& registry,
                     base::Workers& workers);

    /// `GET /livez` and `GET /healthz`: the process turns its loops.
    void live(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /readyz`: the store answers, its schema fits, and nobody is leaving.
    void ready(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /metrics`
    void show_metrics(const http::Request& request, const http::PathParameters& path,
                      http::Reply reply);

    /// From here on it is not ready. Any thread.
    void begin_drain() { is_draining_.store(true); }

private:
    repository::Store& store_;
    const metrics::Registry& registry_;
    base::Workers& workers_;
    std::atomic<bool> is_draining_ = false;
};

}  // namespace dibs::controller
