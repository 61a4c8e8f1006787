#include "app/shutdown.h"

namespace dibs::app {

Shutdown::Shutdown() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    // A client that hangs up is told by the send that fails, not by a signal.
    signal(SIGPIPE, SIG_IGN);
}

int Shutdown::wait() const {
    int signal_number = 0;
    while (sigwait(&signals_, &signal_number) != 0) {
    }
    return signal_number;
}

}  // namespace dibs::app
