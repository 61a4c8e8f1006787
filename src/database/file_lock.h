#pragma once

#include <string>

#include "base/result.h"

namespace dibs::database {

/// An exclusive claim on a file, which the kernel gives up when the process ends, however it ends,
/// and a note in the file for whoever comes second.
class FileLock {
public:
    /// Claims `path`, creating the file if it is not there. Never waits.
    /// Fails: overloaded (somebody else has it; the text is the note they left), unavailable.
    [[nodiscard]] static base::Result<FileLock> take(const std::string& path);

    ~FileLock();
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;

    /// Replaces the note.
    void leave_note(const std::string& note);

private:
    explicit FileLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace dibs::database
