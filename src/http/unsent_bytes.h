#pragma once

#include <string>
#include <string_view>

#include "http/awaiting.h"

namespace dibs::http {

/// Bytes of an answer that the kernel had no room for. Nearly always there are none.
class UnsentBytes {
public:
    /// Gives the kernel what it takes at once, and keeps the rest; false if the connection is lost.
    /// Only while there are none.
    [[nodiscard]] bool send(Socket& socket, std::string_view bytes);

    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    void clear();

private:
    std::string bytes_;
};

}  // namespace dibs::http
