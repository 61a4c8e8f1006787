#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/guarded.h"

namespace dibs::identity {

/// Keeps OpenSSL contexts for reuse, because making one costs more than what HS256 computes with
/// it.
///
/// There come to be as many as threads that ever worked at once, so each thread in effect has its
/// own; they go with their key. The lock is held only to take one off and to put it back. Any
/// thread may call.
template <typename Context>
class ContextShelf {
public:
    /// A context that was put back earlier, or null if all are in use.
    [[nodiscard]] Context take() {
        return contexts_.with([](std::vector<Context>& contexts) {
            if (contexts.empty()) return Context();
            Context context = std::move(contexts.back());
            contexts.pop_back();
            return context;
        });
    }

    void put_back(Context context) {
        contexts_.with(
            [&](std::vector<Context>& contexts) { contexts.push_back(std::move(context)); });
    }

private:
    base::Guarded<std::vector<Context>> contexts_;
};

}  // namespace dibs::identity
