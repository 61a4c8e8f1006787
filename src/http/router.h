#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"
#include "http/reply.h"

namespace dibs::http {

/// The decoded values of a pattern's `{names}`, in the order of the pattern.
using PathParameters = std::vector<std::string>;

/// What answers a route. Called on the connection's thread; must not block.
using RouteHandler = std::function<void(const Request&, const PathParameters&, Reply)>;

/// One line of the table that says what is served: a method, a pattern such as
/// `/api/v1/coupons/{couponId}/me`, and what answers it.
struct Route {
    Method method;
    std::string pattern;
    RouteHandler handler;
};

/// Finds the route of a request.
///
/// Literal segments win over `{names}`: `/coupons/me` before `/coupons/{id}`. HEAD is answered as
/// GET with the body left out, OPTIONS with the methods that the path has, another method with 405
/// and `Allow` (RFC 9110 section 15.5.6), an unknown path with 404. Immutable once built: any
/// thread may call.
class Router {
public:
    /// Two routes with the same method and pattern, or a pattern without a leading `/`, are a bug.
    explicit Router(std::vector<Route> routes);

    // Nodes point at routes; a vector's elements stay where they are when it is moved.
    Router(Router&&) = default;
    Router& operator=(Router&&) = default;
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    /// Answers `request`, through its route or with what is wrong with it.
    void handle(const Request& request, Reply reply) const;

    /// The routes as they were given, for documents and tests that must not forget one.
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

private:
    /// A place in the tree of path segments.
    struct Node {
        std::vector<std::pair<std::string, std::size_t>> literals;  ///< Segment, place in `nodes_`.
        std::optional<std::size_t> parameter;                       ///< Where any segment leads.
        std::array<const Route*, method_count> routes{};            ///< By method, for paths that
                                                                    ///< end here.
        std::string allow;  ///< The Allow field's value; empty if no path ends here.
    };

    void add(const Route& route);
    [[nodiscard]] std::size_t child_of(std::size_t node, std::string_view pattern_segment);
    [[nodiscard]] const Node* find(const Node& node, std::string_view rest,
                                   PathParameters& parameters) const;

    std::vector<Route> routes_;
    std::vector<Node> nodes_;
    std::string allow_anywhere_;  ///< What `OPTIONS *` is answered with.
};

}  // namespace dibs::http
