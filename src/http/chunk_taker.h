#pragma once

#include <memory>
#include <utility>

#include "http/connection.h"
#include "http/message.h"
#include "http/reply.h"

namespace dibs::http {

/// Hands a stream's piece to its connection, from any thread; says that the source broke if it was
/// dropped.
class ChunkTaker {
public:
    explicit ChunkTaker(std::shared_ptr<Connection> connection)
        : connection_(std::move(connection)) {}
    ChunkTaker(ChunkTaker&&) noexcept = default;
    ChunkTaker& operator=(ChunkTaker&&) = delete;
    ~ChunkTaker() {
        if (connection_) (*this)(Chunk{{}, true, true});
    }

    void operator()(Chunk chunk) {
        const auto connection = std::exchange(connection_, nullptr);
        if (!connection) return;
        Loop& loop = connection->loop();
        if (loop.is_here()) {
            connection->deliver(std::move(chunk));
        } else {
            loop.post([connection, piece = std::move(chunk)]() mutable {
                connection->deliver(std::move(piece));
            });
        }
    }

private:
    std::shared_ptr<Connection> connection_;
};

}  // namespace dibs::http
