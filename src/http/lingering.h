#pragma once

#include <cstddef>

#include "http/awaiting.h"

namespace dibs::http {

/// The end of a connection whose client may still send. Closing then would reset the connection,
/// and with it the answer that the client has not read yet (RFC 9112 section 9.6). So only our side
/// is closed first, and what still comes is thrown away.
class Lingering {
public:
    void begin(Socket& socket);

    /// After a read; false once there is an end to it: the client has closed, or sends too much.
    [[nodiscard]] bool discard(const IoResult& read);

private:
    std::size_t discarded_bytes_ = 0;
};

}  // namespace dibs::http
