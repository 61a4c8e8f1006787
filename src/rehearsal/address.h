#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

namespace dibs::rehearsal {

/// Where a socket connects to.
struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

/// Looks a host's name or literal address up and takes the first answer. Blocks for as long as the
/// resolver does. Fails: invalid (nobody knows the name).
[[nodiscard]] base::Result<Address> resolve(const std::string& host, std::uint16_t port);

}  // namespace dibs::rehearsal
