#include "http/problem.h"

#include "base/log.h"

namespace dibs::http {

std::string open_problem_json(const Problem& problem) {
    std::string json = "{\"type\":\"/problems/";
    json += problem.code;
    json += "\",\"title\":";
    base::log::append_json_string(json, problem.title);
    json += ",\"status\":";
    json += std::to_string(problem.status);
    json += ",\"detail\":";
    base::log::append_json_string(json, problem.detail);
    json += ",\"code\":";
    base::log::append_json_string(json, problem.code);
    return json;
}

Response to_response(const Problem& problem) {
    Response response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.body = open_problem_json(problem);
    response.body += '}';
    return response;
}

}  // namespace dibs::http
