#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>

namespace dibs::simulation {

/// Virtual microseconds since a run began.
using Time = std::int64_t;

/// What happened in a run, line by line. Two runs are the same if their traces are, and a hash of
/// every byte says whether they are. Only the last lines are kept.
class Trace {
public:
    /// Writes each line to `out` as well, if there is one.
    explicit Trace(std::FILE* out = nullptr) : out_(out) {}

    template <typename... Args>
    void note(Time at, fmt::format_string<Args...> form, Args&&... args) {
        line_.clear();
        fmt::format_to(std::back_inserter(line_), "{:>12} ", at);
        fmt::format_to(std::back_inserter(line_), form, std::forward<Args>(args)...);
        keep();
    }

    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    [[nodiscard]] const std::deque<std::string>& last_lines() const { return last_; }

private:
    // choice: what fits two screens; the whole trace is one `--trace` away.
    static constexpr std::size_t last_max = 60;

    void keep() {
        // FNV-1a, 64 bits; these are its constants.
        for (const char c : line_)
            hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3;
        ++lines_;
        if (out_ != nullptr) fmt::print(out_, "{}\n", line_);
        if (last_.size() == last_max) {
            last_.push_back(std::move(last_.front()));
            last_.pop_front();
            last_.back() = line_;
        } else {
            last_.push_back(line_);
        }
    }

    std::FILE* out_;
    std::string line_;
    std::deque<std::string> last_;
    std::uint64_t hash_ = 0xCBF2'9CE4'8422'2325;
    std::uint64_t lines_ = 0;
};

}  // namespace dibs::simulation
