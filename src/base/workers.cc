#include "base/workers.h"

#include <optional>
#include <utility>

namespace dibs::base {

Workers::Workers(const std::string& name, std::size_t thread_count, std::size_t waiting_max)
    : waiting_max_(waiting_max) {
    threads_.reserve(thread_count);
    for (std::size_t i = 0; i < thread_count; ++i) {
        threads_.emplace_back(name, [this] {
            while (run_next()) {
            }
        });
    }
}

bool Workers::submit(Task task) {
    const bool is_taken = line_.with([&](Line& line) {
        if (line.is_stopping || line.waiting.size() >= waiting_max_) return false;
        line.waiting.push_back(std::move(task));
        return true;
    });
    if (is_taken) line_.notify_one();
    return is_taken;
}

void Workers::stop() {
    line_.with([](Line& line) { line.is_stopping = true; });
    line_.notify_all();
    threads_.clear();
}

bool Workers::run_next() {
    std::optional<Task> task =
        line_.wait([](const Line& line) { return line.is_stopping || !line.waiting.empty(); },
                   [](Line& line) -> std::optional<Task> {
                       if (line.waiting.empty()) return std::nullopt;
                       Task next = std::move(line.waiting.front());
                       line.waiting.pop_front();
                       return next;
                   });
    if (!task) return false;
    (*task)();
    return true;
}

std::size_t Workers::waiting() const {
    return line_.with([](const Line& line) { return line.waiting.size(); });
}

}  // namespace dibs::base
