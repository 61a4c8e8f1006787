#include "rehearsal/address.h"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace dibs::rehearsal {

base::Result<Address> resolve(const std::string& host, std::uint16_t port) {
    // A literal IPv6 address comes in brackets from a URL; the resolver wants it bare.
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const std::string name = is_bracketed ? host.substr(1, host.size() - 2) : host;
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    const int error = getaddrinfo(name.c_str(), std::to_string(port).c_str(), &wanted, &first);
    if (error != 0) {
        return base::Failure{base::FailureKind::invalid,
                             "the host " + host + " is not known: " + gai_strerror(error)};
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(first, &freeaddrinfo);
    Address address;
    address.size = found->ai_addrlen;
    std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
    return address;
}

}  // namespace dibs::rehearsal
