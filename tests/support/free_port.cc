#include "support/free_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/ensure.h"

namespace dibs::test {

std::uint16_t free_port() {
    const int socket_descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    base::ensure(bind(socket_descriptor, generic, size) == 0 &&
                     getsockname(socket_descriptor, generic, &size) == 0,
                 "the loopback has a free port");
    close(socket_descriptor);
    return ntohs(address.sin_port);
}

}  // namespace dibs::test
