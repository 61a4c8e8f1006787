#include "rehearsal/user_names.h"

#include <algorithm>

#include "base/number.h"

namespace dibs::rehearsal {

UserNames::UserNames(const CrowdOptions& options)
    : before_(options.user_pattern.substr(0, options.user_pattern.find('#'))),
      width_(static_cast<std::size_t>(std::ranges::count(options.user_pattern, '#'))),
      first_(options.first_user),
      count_(options.user_count) {
    if (width_ > 0) after_ = options.user_pattern.substr(before_.size() + width_);
}

std::string UserNames::name_of(std::uint32_t index) const {
    if (width_ == 0) return before_;
    const std::string number = std::to_string(first_ + index);
    const std::size_t zeros = width_ > number.size() ? width_ - number.size() : 0;
    return before_ + std::string(zeros, '0') + number + after_;
}

std::optional<std::uint32_t> UserNames::index_of(std::string_view name) const {
    if (!name.starts_with(before_) || !name.ends_with(after_)) return std::nullopt;
    if (name.size() < before_.size() + after_.size()) return std::nullopt;
    std::uint32_t index = 0;
    if (width_ > 0) {
        const auto number = base::parse_integer<std::uint64_t>(
            name.substr(before_.size(), name.size() - before_.size() - after_.size()));
        if (!number || *number < first_ || *number - first_ >= count_) return std::nullopt;
        index = static_cast<std::uint32_t>(*number - first_);
    }
    // The number alone would let `user-7` pass for `user-000007`.
    if (name_of(index) != name) return std::nullopt;
    return index;
}

}  // namespace dibs::rehearsal
