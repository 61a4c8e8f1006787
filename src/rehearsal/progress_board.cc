#include "rehearsal/progress_board.h"

namespace dibs::rehearsal {

namespace {

// choice: twice a display's rate, so that what it shows is never a picture old. Writing takes a few
// microseconds for latencies that do not spread far.
constexpr std::chrono::milliseconds write_distance{50};

}  // namespace

void ProgressBoard::write_if_due(base::SteadyInstant now, std::size_t connections_open,
                                 const Tally& tally) {
    if (!is_watched_ || now < next_) return;
    next_ = now + write_distance;
    write(connections_open, tally);
}

void ProgressBoard::write(std::size_t connections_open, const Tally& tally) {
    written_.with([&](Written& written) {
        written.connections_open = connections_open;
        written.counts = tally.counts();
        written.latency.clear();
        tally.add_latencies_to(written.latency);
    });
}

void ProgressBoard::add_to(Progress& progress, LatencyHistogram& latency) const {
    written_.with([&](const Written& written) {
        progress.connections_open += written.connections_open;
        progress.counts += written.counts;
        latency.add(written.latency);
    });
}

}  // namespace dibs::rehearsal
