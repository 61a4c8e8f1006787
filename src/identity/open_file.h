#pragma once

#include <unistd.h>

namespace dibs::identity {

/// A file descriptor that closes itself; below zero if the file could not be opened.
class OpenFile {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    ~OpenFile() {
        if (is_open()) ::close(descriptor_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    const int descriptor_;
};

}  // namespace dibs::identity
