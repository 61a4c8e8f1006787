#pragma once

#include <filesystem>
#include <utility>

#include "base/result.h"

namespace dibs::bench {

/// The folder that all stores of one run lie in; goes with all that is in it when the run ends. A
/// run that was interrupted leaves its own, which may be gigabytes, and the next run removes it:
/// each holds a lock on its folder, which the kernel lets go when the process is gone.
class RunFolder {
public:
    /// A fresh one in `in`, from which the folders of runs that are gone are removed first. Fails:
    /// unavailable.
    [[nodiscard]] static base::Result<RunFolder> make(const std::filesystem::path& in);
    ~RunFolder();
    RunFolder(RunFolder&& other) noexcept
        : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}
    RunFolder& operator=(RunFolder&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    RunFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

    std::filesystem::path path_;
    int lock_;
};

}  // namespace dibs::bench
