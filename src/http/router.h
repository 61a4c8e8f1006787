#pragma once

#include <functional>
#include <string>
#include <string_view>
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
    explicit Router(std::vector<Route> routes);

    /// Answers `request`, through its route or with what is wrong with it.
    void handle(const Request& request, Reply reply) const;

    /// The routes as they were given, for documents and tests that must not forget one.
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

private:
    std::vector<Route> routes_;
};

}  // namespace dibs::http
