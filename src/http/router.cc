#include "http/router.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ensure.h"
#include "http/percent.h"
#include "http/problem.h"

namespace dibs::http {

namespace {

// As RFC 9110 section 9.1 spells them, in the order of `Method`.
constexpr std::array<std::string_view, method_count> method_names{
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ""};

std::size_t index_of(Method method) {
    return static_cast<std::size_t>(method);
}

bool is_parameter(std::string_view pattern_segment) {
    return pattern_segment.starts_with('{') && pattern_segment.ends_with('}');
}

/// The Allow field's value for a path that has these routes: HEAD comes with GET, and OPTIONS is
/// answered everywhere.
std::string allow_of(std::array<const Route*, method_count> routes, const Route& any) {
    if (routes[index_of(Method::get)] != nullptr) routes[index_of(Method::head)] = &any;
    routes[index_of(Method::options)] = &any;
    std::string allow;
    for (std::size_t method = 0; method < index_of(Method::other); ++method) {
        if (routes[method] == nullptr) continue;
        if (!allow.empty()) allow += ", ";
        allow += method_names[method];
    }
    return allow;
}

Response options_response(const std::string& allow) {
    Response response;
    response.status = 204;
    response.fields.push_back({"Allow", allow});
    return response;
}

Response not_allowed_response(const std::string& allow) {
    Response response = to_response(Problem{405, "method-not-allowed", "Method not allowed",
                                            "This path is not served with that method."});
    response.fields.push_back({"Allow", allow});
    return response;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), nodes_(1) {
    std::array<const Route*, method_count> routes_anywhere{};
    for (const Route& route : routes_) {
        add(route);
        routes_anywhere[index_of(route.method)] = &route;
    }
    if (!routes_.empty()) allow_anywhere_ = allow_of(routes_anywhere, routes_.front());
}

void Router::add(const Route& route) {
    base::ensure(route.pattern.starts_with('/'), "a route's pattern begins with a slash");
    std::string_view rest = route.pattern;
    std::size_t node = 0;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const std::string_view segment = rest.substr(0, rest.find('/'));
        node = child_of(node, segment);
        rest.remove_prefix(segment.size());
    }
    const Route*& place = nodes_[node].routes[index_of(route.method)];
    base::ensure(place == nullptr, "a route is declared once");
    place = &route;
    nodes_[node].allow = allow_of(nodes_[node].routes, route);
}

std::size_t Router::child_of(std::size_t node, std::string_view pattern_segment) {
    const std::size_t next = nodes_.size();
    if (is_parameter(pattern_segment)) {
        if (nodes_[node].parameter) return *nodes_[node].parameter;
        nodes_[node].parameter = next;
    } else {
        for (const auto& [literal, child] : nodes_[node].literals) {
            if (literal == pattern_segment) return child;
        }
        nodes_[node].literals.emplace_back(pattern_segment, next);
    }
    nodes_.emplace_back();
    return next;
}

/// Walks down the tree, literals first; a way that leads nowhere is gone back, so that a literal
/// hides a name only where the whole path has a route. `rest` begins with a slash, and its escapes
/// are well-formed.
const Router::Node* Router::find(const Node& node, std::string_view rest,
                                 PathParameters& parameters) const {
    if (rest.empty()) return node.allow.empty() ? nullptr : &node;
    rest.remove_prefix(1);
    std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    std::string decoded;
    if (segment.find('%') != std::string_view::npos) {
        decoded = decode_percent(segment).value_or("");
        segment = decoded;
    }
    for (const auto& [literal, child] : node.literals) {
        if (literal != segment) continue;
        const Node* const found = find(nodes_[child], rest, parameters);
        if (found != nullptr) return found;
    }
    if (!node.parameter || segment.empty()) return nullptr;
    parameters.emplace_back(segment);
    const Node* const found = find(nodes_[*node.parameter], rest, parameters);
    if (found == nullptr) parameters.pop_back();
    return found;
}

void Router::handle(const Request& request, Reply reply) const {
    const std::string_view path = request.path;
    if (path == "*") return reply.send(options_response(allow_anywhere_));
    if (path.find('%') != std::string_view::npos && !decode_percent(path)) {
        return reply.send(to_response(Problem{400, "malformed-request", "Malformed request",
                                              "The path has a malformed percent-escape."}));
    }
    PathParameters parameters;
    const Node* const node = find(nodes_.front(), path, parameters);
    if (node == nullptr) {
        return reply.send(
            to_response(Problem{404, "not-found", "Not found", "There is nothing at this path."}));
    }
    const Route* route = node->routes[index_of(request.method)];
    if (route == nullptr && request.method == Method::head) {
        route = node->routes[index_of(Method::get)];
    }
    if (route != nullptr) {
        route->handler(request, parameters, std::move(reply));
    } else if (request.method == Method::options) {
        reply.send(options_response(node->allow));
    } else {
        reply.send(not_allowed_response(node->allow));
    }
}

}  // namespace dibs::http
