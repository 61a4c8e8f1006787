#include "http/unsent_bytes.h"

namespace dibs::http {

namespace {

// Choice: what stays of a connection's memory for unsent bytes; most connections never use it.
constexpr std::size_t kept_unsent_bytes = 1024;

}  // namespace

bool UnsentBytes::send(Socket& socket, std::string_view bytes) {
    boost::system::error_code error;
    const std::size_t sent = socket.send(boost::asio::buffer(bytes.data(), bytes.size()), 0, error);
    if (error && error != boost::asio::error::would_block) return false;
    if (sent < bytes.size()) bytes_.assign(bytes.substr(sent));
    return true;
}

void UnsentBytes::clear() {
    bytes_.clear();
    if (bytes_.capacity() > kept_unsent_bytes) bytes_.shrink_to_fit();
}

}  // namespace dibs::http
