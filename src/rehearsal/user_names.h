#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rehearsal/crowd_options.h"

namespace dibs::rehearsal {

/// What the users of a crowd are called. A user's index counts from 0. Immutable: any thread may
/// call.
class UserNames {
public:
    /// `options` must have been validated.
    explicit UserNames(const CrowdOptions& options);

    [[nodiscard]] std::string name_of(std::uint32_t index) const;

    /// Which user of this crowd is called so; nothing if none is.
    [[nodiscard]] std::optional<std::uint32_t> index_of(std::string_view name) const;

private:
    std::string before_;
    std::string after_;
    std::size_t width_;  ///< 0: the one user's name has no number.
    std::uint64_t first_;
    std::uint32_t count_;
};

}  // namespace dibs::rehearsal
