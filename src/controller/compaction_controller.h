#pragma once

#include "base/clock.h"
#include "base/workers.h"
#include "controller/authorization.h"
#include "http/router.h"
#include "service/compaction_service.h"

namespace dibs::controller {

/// The daily fold, for operators: start it now, see how it goes.
class CompactionController {
public:
    /// All must outlive it.
    CompactionController(service::CompactionService& compactions,
                         const Authorization& authorization, base::Workers& workers,
                         const base::Clock& clock);

    /// `POST /admin/v1/compactions`
    void start(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /admin/v1/compactions`
    void list(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /admin/v1/compactions/{run}`
    void show(const http::Request& request, const http::PathParameters& path, http::Reply reply);

private:
    service::CompactionService& compactions_;
    const Authorization& authorization_;
    base::Workers& workers_;
    const base::Clock& clock_;
};

}  // namespace dibs::controller
