#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/command_line.h"
#include "base/result.h"
#include "http/client.h"

namespace dibs::app {

/// The operators' API as seen from outside: for commands that talk to a service that runs. Blocks
/// for each call. Belongs to one thread.
class AdminClient {
public:
    /// `identity`: the header fields that prove an operator.
    AdminClient(const Endpoint& at, std::vector<http::Field> identity);

    /// Calls and gives the answer's JSON; what is no 2xx becomes a failure that carries the
    /// problem's words. Fails: unavailable, expired, refused (a 4xx), corrupted (not JSON).
    [[nodiscard]] base::Result<boost::json::value> call(std::string_view method,
                                                        const std::string& target,
                                                        std::string_view body = {});

    /// The same, as the text that came. Fails: unavailable, expired, refused.
    [[nodiscard]] base::Result<std::string> fetch(std::string_view method,
                                                  const std::string& target,
                                                  std::string_view body = {});

    /// All items of a paged listing.
    [[nodiscard]] base::Result<boost::json::array> list(const std::string& target);

private:
    http::Client client_;
    std::vector<http::Field> fields_;
};

/// The headers that prove an operator: a token, the token of a file, or else what `access` says: a
/// trusted gateway's headers, or a token minted for the call. Fails: invalid.
[[nodiscard]] base::Result<std::vector<http::Field>> operator_identity(
    const std::optional<std::string>& token, const std::optional<std::string>& token_file,
    const MintAccess& access);

/// The body that creates this coupon.
[[nodiscard]] std::string write_create(const CreateCoupon& create);

}  // namespace dibs::app
