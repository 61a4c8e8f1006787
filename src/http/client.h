#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace dibs::http {

/// What a server answered.
struct ClientResponse {
    unsigned status = 0;
    std::vector<Field> fields;  ///< Names in lower case.
    std::string body;

    [[nodiscard]] std::optional<std::string_view> field(std::string_view lower_case_name) const;
};

/// A blocking HTTP/1.1 client over one kept-alive connection, for command-line use and tests; the
/// load generator has its own. Belongs to one thread.
class Client {
public:
    /// `host` and `port` as in a URL's authority. Connects at the first request, and again after a
    /// close.
    Client(std::string host, std::uint16_t port, std::chrono::milliseconds timeout);
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// Sends one request and waits for its whole answer. Looking up the host's name is the system's
    /// business and not bounded by `timeout`. An idempotent request that a kept connection
    /// swallowed without a word is sent once more on a fresh one. Fails: unavailable (no
    /// connection, or it broke), expired (`timeout` passed), invalid (not HTTP).
    [[nodiscard]] base::Result<ClientResponse> request(std::string_view method,
                                                       std::string_view target,
                                                       const std::vector<Field>& fields = {},
                                                       std::string_view body = {});

private:
    class Session;
    std::unique_ptr<Session> session_;
};

}  // namespace dibs::http
