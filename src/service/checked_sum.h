#pragma once

#include <cstdint>

namespace dibs::service {

/// A sum of amounts that may be anything, as in a store that was damaged. Once no number holds it,
/// it says so, and adds no more.
class CheckedSum {
public:
    void add(std::int64_t amount) {
        std::int64_t sum = 0;
        is_beyond_ = is_beyond_ || __builtin_add_overflow(value_, amount, &sum);
        if (!is_beyond_) value_ = sum;
    }

    /// The last one that a number held.
    [[nodiscard]] std::int64_t value() const { return value_; }
    [[nodiscard]] bool is_beyond() const { return is_beyond_; }

private:
    std::int64_t value_ = 0;
    bool is_beyond_ = false;
};

}  // namespace dibs::service
