#include "base/named_thread.h"

#include <pthread.h>

#include <utility>

namespace dibs::base {

NamedThread::NamedThread(std::string name, std::function<void()> body)
    : thread_([thread_name = name.substr(0, 15), run = std::move(body)] {
          pthread_setname_np(pthread_self(), thread_name.c_str());
          run();
      }) {}

NamedThread& NamedThread::operator=(NamedThread&& other) noexcept {
    join();
    thread_ = std::move(other.thread_);
    return *this;
}

void NamedThread::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace dibs::base
