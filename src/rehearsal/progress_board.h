#pragma once

#include "base/clock.h"
#include "base/guarded.h"
#include "rehearsal/latency_histogram.h"
#include "rehearsal/progress.h"
#include "rehearsal/tally.h"

namespace dibs::rehearsal {

/// Where one thread of the crowd writes how far it is, and a display's thread reads it.
class ProgressBoard {
public:
    /// `is_watched`: whether anybody reads while the crowd runs.
    explicit ProgressBoard(bool is_watched) : is_watched_(is_watched) {}

    /// Writes, if the last time is long enough ago and somebody reads. The crowd's thread only.
    void write_if_due(base::SteadyInstant now, std::size_t connections_open, const Tally& tally);
    /// Writes in any case. The crowd's thread only.
    void write(std::size_t connections_open, const Tally& tally);

    /// Adds what was last written to that of other threads. Any thread.
    void add_to(Progress& progress, LatencyHistogram& latency) const;

private:
    struct Written {
        std::size_t connections_open = 0;
        ProgressCounts counts;
        LatencyHistogram latency;
    };

    const bool is_watched_;
    base::SteadyInstant next_{};
    base::Guarded<Written> written_;
};

}  // namespace dibs::rehearsal
