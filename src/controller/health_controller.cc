#include "controller/health_controller.h"

#include <utility>

#include "controller/answer.h"
#include "controller/errand.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using http::PathParameters;
using http::Reply;
using http::Request;
using http::Response;

HealthController::HealthController(repository::Store& store, const metrics::Registry& registry,
                                   base::Workers& workers)
    : store_(store), registry_(registry), workers_(workers) {}

void HealthController::live(const Request&, const PathParameters&, Reply reply) {
    reply.send(json(200, R"({"status":"alive"})"));
}

void HealthController::ready(const Request&, const PathParameters&, Reply reply) {
    if (is_draining_.load()) {
        return reply.send(answer_of({base::FailureKind::stopping, "draining"}));
    }
    run_errand(workers_, std::move(reply), [this]() -> Response {
        const auto checked = store_.check();
        if (!checked) {
            return answer_of({base::FailureKind::unavailable, checked.failure().what});
        }
        return json(200, write_readiness(store_.facts()));
    });
}

void HealthController::show_metrics(const Request&, const PathParameters&, Reply reply) {
    run_errand(workers_, std::move(reply), [this]() -> Response {
        Response response;
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body = registry_.text();
        return response;
    });
}

}  // namespace dibs::controller
