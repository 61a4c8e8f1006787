#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/awaiting.h"
#include "http/deadlines.h"
#include "http/lingering.h"
#include "http/message.h"
#include "http/reply.h"
#include "http/request_reader.h"
#include "http/response_writer.h"
#include "http/unsent_bytes.h"

namespace dibs::http {

class ConnectionGroup;

/// Chains the connections of a group.
using LivingHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class Living>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// One client's connection, from its acceptance to its close: a coroutine that reads a request, has
/// it answered, writes the answer, and begins again.
///
/// Owned by its coroutine and by the Reply of the request that is being answered. Everything
/// happens on its loop's thread.
class Connection final : public Deadline,
                         public LivingHook,
                         public std::enable_shared_from_this<Connection> {
public:
    /// What it is doing. Each phase but `answering` and `over` may take only so long.
    enum class Phase : std::uint8_t {
        idle,       ///< Waits for a request's first byte.
        header,     ///< A header is on its way.
        body,       ///< A body is on its way.
        answering,  ///< The request is with the handler, or a stream's next chunk with its source.
        writing,    ///< The client must take what the kernel has no room for.
        lingering,  ///< All is said; what the client still sends is thrown away.
        over,       ///< Nothing more is read or written.
    };

    Connection(std::shared_ptr<ConnectionGroup> group, Socket socket);

    /// Serves `connection` until it ends.
    static void serve(std::shared_ptr<Connection> connection);
    /// Answers `refusal` without reading a request, and closes.
    static void turn_away(std::shared_ptr<Connection> connection, Refusal refusal);

    /// For Reply: the answer to the request. Does nothing if the connection is over.
    void answer(Response response);
    /// For a stream's source: the piece it was asked for. Does nothing if the connection is over.
    void deliver(Chunk chunk);
    /// Closes at once, whatever is under way.
    void cut();

    [[nodiscard]] Loop& loop() const;
    [[nodiscard]] bool was_turned_away() const { return was_turned_away_; }

private:
    static DetachedTask run(std::shared_ptr<Connection> self);

    void expire() override;

    [[nodiscard]] bool is_open() const { return phase_ < Phase::lingering; }
    [[nodiscard]] bool needs_bytes() const;
    [[nodiscard]] bool is_streaming() const;
    [[nodiscard]] boost::asio::mutable_buffer free_space();

    void take(const IoResult& read);
    void advance();
    void ask(const std::shared_ptr<Connection>& self);
    void ask_for_chunk(const std::shared_ptr<Connection>& self);
    void begin_answer();
    void send_chunk();
    void send(std::string_view bytes);
    void flushed(const IoResult& written);
    void finish_answer();
    void begin_lingering();
    void discard(const IoResult& read);
    void lose();
    void abort();
    void end();
    void enter(Phase phase);
    void resume();

    const std::shared_ptr<ConnectionGroup> group_;
    Socket socket_;
    RequestReader reader_;
    boost::beast::flat_buffer input_;
    UnsentBytes unsent_;
    Lingering lingering_;
    std::optional<Response> response_;
    std::optional<Chunk> chunk_;
    std::coroutine_handle<> suspended_;  // While a Reply or a chunk is waited for.
    BodyFraming framing_ = BodyFraming::content_length;
    Phase phase_ = Phase::answering;
    bool keeps_alive_ = true;
    bool has_stream_ended_ = true;
    bool was_turned_away_ = false;
};

}  // namespace dibs::http
