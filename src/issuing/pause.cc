#include "issuing/pause.h"

namespace dibs::issuing {

using std::chrono::nanoseconds;

bool FullPause::wait(nanoseconds longest) {
    return is_ended_.wait_until(
        std::chrono::steady_clock::now() + longest, [](bool is_ended) { return is_ended; },
        [](bool is_ended) { return !is_ended; });
}

void FullPause::end() {
    is_ended_.with([](bool& is_ended) { is_ended = true; });
    is_ended_.notify_all();
}

bool RandomPause::wait(nanoseconds longest) {
    return part_.wait(random_.with([longest](std::minstd_rand& random) {
        std::uniform_int_distribution<nanoseconds::rep> part(longest.count() / 2, longest.count());
        return nanoseconds(part(random));
    }));
}

void RandomPause::end() {
    part_.end();
}

}  // namespace dibs::issuing
