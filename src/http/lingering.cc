#include "http/lingering.h"

namespace dibs::http {

namespace {

// Choice: as much as a client may still have on the way when it is refused, a socket buffer's
// worth; more is not worth reading.
constexpr std::size_t discarded_max_bytes = 256 * 1024;

}  // namespace

void Lingering::begin(Socket& socket) {
    boost::system::error_code error;
    socket.shutdown(Socket::shutdown_send, error);
}

bool Lingering::discard(const IoResult& read) {
    discarded_bytes_ += read.size_bytes;
    return !read.error && discarded_bytes_ <= discarded_max_bytes;
}

}  // namespace dibs::http
