#include "controller/errand.h"

#include <memory>
#include <utility>

#include "controller/answer.h"

namespace dibs::controller {

void run_errand(base::Workers& workers, http::Reply reply, Errand errand) {
    http::Loop& loop = reply.loop();
    // A reply belongs to its loop's thread: the worker only carries it, and hands it back unopened.
    auto carried = std::make_shared<http::Reply>(std::move(reply));
    const bool is_taken = workers.submit([&loop, carried, run = std::move(errand)]() mutable {
        loop.post([held = std::move(carried), response = run()]() mutable {
            held->send(std::move(response));
        });
    });
    if (!is_taken) {
        carried->send(answer_of({base::FailureKind::overloaded, "the readers' line is full"}));
    }
}

}  // namespace dibs::controller
