#include "controller/compaction_controller.h"

#include <fmt/format.h>

#include <utility>

#include "base/number.h"
#include "controller/answer.h"
#include "controller/errand.h"
#include "controller/page_cursor.h"
#include "controller/page_size.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using http::PathParameters;
using http::Reply;
using http::Request;
using http::Response;

namespace {

constexpr char run_listing = 'f';

}  // namespace

CompactionController::CompactionController(service::CompactionService& compactions,
                                           const Authorization& authorization,
                                           base::Workers& workers, const base::Clock& clock)
    : compactions_(compactions), authorization_(authorization), workers_(workers), clock_(clock) {}

void CompactionController::start(const Request& request, const PathParameters&, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto until = read_until(request.body);
    if (!until) return reply.send(invalid_request(until.error()));
    if (*until && **until > clock_.now()) {
        return reply.send(invalid_request({"until", "expected a time that has passed"}));
    }
    const base::Instant end = until->value_or(compactions_.period_end());
    run_errand(workers_, std::move(reply), [this, end]() -> Response {
        const auto run = compactions_.request(end, repository::CompactionTrigger::operators);
        if (!run) return answer_of(run.failure());
        Response response = json(202, write_run(*run));
        response.fields.push_back({"Location", fmt::format("/admin/v1/compactions/{}", run->run)});
        return response;
    });
}

void CompactionController::list(const Request& request, const PathParameters&, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto count =
        read_number(request, "limit", 1, operators_page.max, operators_page.otherwise);
    if (!count) return reply.send(invalid_request(count.error()));
    const auto place = read_cursor_parameter(request, run_listing, 1);
    if (!place) return reply.send(invalid_request(place.error()));
    const std::int64_t before = *place ? (**place)[0] : domain::number_max;
    run_errand(workers_, std::move(reply),
               [this, before, wanted = static_cast<std::size_t>(*count)]() -> Response {
                   const auto page = compactions_.list_runs(before, wanted);
                   if (!page) return answer_of(page.failure());
                   const std::string next = page->has_more
                                                ? write_cursor(run_listing, {page->rows.back().run})
                                                : std::string();
                   return json(200, write_run_page(*page, next));
               });
}

void CompactionController::show(const Request& request, const PathParameters& path, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto number = base::parse_integer<std::int64_t>(path[0]);
    if (!number) return reply.send(problem("compaction-not-found", "There is no such run."));
    run_errand(workers_, std::move(reply), [this, wanted = *number]() -> Response {
        const auto run = compactions_.find_run(wanted);
        if (!run) return answer_of(run.failure());
        if (!*run) return problem("compaction-not-found", "There is no such run.");
        return json(200, write_run(**run));
    });
}

}  // namespace dibs::controller
