#pragma once

#include <cstdint>
#include <cstdio>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "rehearsal/progress.h"

namespace dibs::rehearsal {

/// Where a live display draws.
struct Screen {
    std::FILE* file = nullptr;
    bool is_terminal = false;
    std::size_t width = 80;  ///< Columns.

    /// Standard output as it is.
    [[nodiscard]] static Screen standard_output();
};

/// A few lines on a terminal that follow a crowd in place, and are taken away at its end so that
/// the report stands there. Silent if the screen is no terminal. Belongs to one thread.
class LiveDisplay final : public ProgressSink {
public:
    /// `stock`: how many there were at the start, if that is known; then it shows how many are
    /// left.
    LiveDisplay(const Screen& screen, std::optional<std::int64_t> stock);
    ~LiveDisplay() override;

    [[nodiscard]] bool is_watching() const override { return screen_.is_terminal; }
    void show(const Progress& progress) override;

private:
    struct Sample {
        std::chrono::nanoseconds at;
        std::uint64_t answered;
    };

    [[nodiscard]] std::vector<std::string> lines_of(const Progress& progress);
    [[nodiscard]] double answers_per_second(const Progress& progress);
    void draw(const std::vector<std::string>& lines);

    const Screen screen_;
    const std::optional<std::int64_t> stock_;
    std::deque<Sample> samples_;  ///< Of the last second.
    std::size_t drawn_lines_ = 0;
};

}  // namespace dibs::rehearsal
