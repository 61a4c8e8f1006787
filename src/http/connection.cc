#include "http/connection.h"

#include <exception>
#include <utility>

#include "base/ensure.h"
#include "base/log.h"
#include "http/chunk_taker.h"
#include "http/connection_group.h"

namespace dibs::http {

namespace {

// Choice: a request with its token is 300 to 1500 bytes; a larger one grows the buffer for as long
// as it is read. It is a third of what an idle connection costs.
constexpr std::size_t input_size_bytes = 2048;

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionGroup> group, Socket socket)
    : group_(std::move(group)),
      socket_(std::move(socket)),
      reader_(group_->options().header_size_max_bytes, group_->options().body_size_max_bytes) {}

void Connection::serve(std::shared_ptr<Connection> connection) {
    connection->advance();
    run(std::move(connection));
}

void Connection::turn_away(std::shared_ptr<Connection> connection, Refusal refusal) {
    connection->was_turned_away_ = true;
    connection->reader_.refuse(refusal);
    run(std::move(connection));
}

Loop& Connection::loop() const {
    return group_->loop();
}

/// A connection's life, from top to bottom. Between two co_awaits anything may have happened to it,
/// by way of `expire` and `cut`: each step looks at the phase again.
DetachedTask Connection::run(std::shared_ptr<Connection> self) {
    Connection& me = *self;
    while (me.is_open()) {
        while (me.needs_bytes()) {
            const IoResult read = co_await ReadSome(me.socket_, me.free_space());
            me.take(read);
            // Nearly always nothing; else a 100 Continue that found no room.
            const IoResult written = co_await WriteAll(me.socket_, me.unsent_.bytes());
            me.flushed(written);
        }
        if (me.is_open()) me.ask(self);
        if (me.is_open() && !me.response_) co_await ResumedThrough(me.suspended_);
        if (me.is_open()) me.begin_answer();
        const IoResult written = co_await WriteAll(me.socket_, me.unsent_.bytes());
        me.flushed(written);

        while (me.is_streaming()) {
            me.ask_for_chunk(self);
            if (me.is_open() && !me.chunk_) co_await ResumedThrough(me.suspended_);
            me.send_chunk();
            const IoResult piece_written = co_await WriteAll(me.socket_, me.unsent_.bytes());
            me.flushed(piece_written);
            // A source that answers at once and a client that reads fast would keep the loop.
            co_await NextTurn(me.socket_);
        }
        if (!me.is_open()) break;

        me.finish_answer();
        // Pipelined requests wait their turn too; and so a handler is never called from within the
        // `Reply::send` of the request before.
        if (me.input_.size() > 0) co_await NextTurn(me.socket_);
        if (me.is_open()) me.advance();
    }
    while (me.phase_ == Phase::lingering) {
        const IoResult read = co_await ReadSome(me.socket_, me.free_space());
        me.discard(read);
    }
    me.end();
}

bool Connection::needs_bytes() const {
    return is_open() && reader_.stage() < RequestReader::Stage::complete;
}

bool Connection::is_streaming() const {
    return is_open() && !has_stream_ended_;
}

boost::asio::mutable_buffer Connection::free_space() {
    const std::size_t free = input_.capacity() - input_.size();
    return input_.prepare(free > 0 ? free : input_size_bytes);
}

/// Looks at what a read has brought.
void Connection::take(const IoResult& read) {
    if (!needs_bytes()) return;  // Its time was over meanwhile, or it was cut.
    if (read.error == boost::asio::error::eof && reader_.stage() != RequestReader::Stage::start) {
        reader_.refuse({RefusalKind::malformed, "The connection ended within the request."});
        enter(Phase::answering);
    } else if (read.error) {
        lose();
    } else {
        input_.commit(read.size_bytes);
        advance();
    }
}

/// Reads on in what has arrived, and enters the phase to which that leads. A phase is entered once
/// per request: more bytes don't give more time.
void Connection::advance() {
    const auto arrived = input_.cdata();
    input_.consume(reader_.take({static_cast<const char*>(arrived.data()), arrived.size()}));
    Phase phase = Phase::answering;
    switch (reader_.stage()) {
        case RequestReader::Stage::start: phase = Phase::idle; break;
        case RequestReader::Stage::header: phase = Phase::header; break;
        case RequestReader::Stage::body: phase = Phase::body; break;
        case RequestReader::Stage::complete:
        case RequestReader::Stage::refused: break;
    }
    if (phase == phase_) return;
    enter(phase);
    if (reader_.awaits_continue()) send("HTTP/1.1 100 Continue\r\n\r\n");
}

/// Has the request answered: by the handler, or by this layer if it is refused.
void Connection::ask(const std::shared_ptr<Connection>& self) {
    if (reader_.stage() == RequestReader::Stage::refused) {
        group_->counts().add(reader_.refusal().kind);
        response_ = to_response(reader_.refusal());
        return;
    }
    Request& request = reader_.request();
    request.arrived_at = group_->clock().now();
    request.arrived_at_steady = group_->clock().steady_now();
    group_->counts().requests.add_one();
    try {
        group_->handler()(request, Reply(self));
    } catch (const std::exception& exception) {
        // The Reply was destroyed on the way out, which answers 500.
        base::log::error("handler-threw", {{"what", exception.what()}, {"path", request.path}});
    }
}

void Connection::answer(Response response) {
    base::ensure(loop().is_here() || group_->loop().has_ended(),
                 "a Reply is used on its loop's thread");
    if (!is_open()) return;
    if (group_->finish()) group_->finish()(reader_.request(), response);
    response_ = std::move(response);
    resume();
}

void Connection::begin_answer() {
    const Request& request = reader_.request();
    AnswerContext context;
    context.is_head = request.method == Method::head;
    context.is_http_1_0 = reader_.is_http_1_0();
    framing_ = framing_of(*response_, context);
    keeps_alive_ = request.may_keep_alive && !response_->must_close && !group_->is_draining() &&
                   framing_ != BodyFraming::until_close;
    context.keeps_alive = keeps_alive_;
    has_stream_ended_ = framing_ == BodyFraming::content_length || context.is_head;
    std::string& bytes = group_->scratch();
    append_response(bytes, *response_, context, group_->date());
    send(bytes);
}

void Connection::ask_for_chunk(const std::shared_ptr<Connection>& self) {
    try {
        response_->stream(TakeChunk(ChunkTaker(self)));
    } catch (const std::exception& exception) {
        // The taker was destroyed on the way out, which cuts the connection.
        base::log::error("stream-source-threw", {{"what", exception.what()}});
    }
}

void Connection::deliver(Chunk chunk) {
    if (!is_open()) return;
    chunk_ = std::move(chunk);
    resume();
}

void Connection::send_chunk() {
    if (!is_open()) return;
    const Chunk chunk = *std::exchange(chunk_, std::nullopt);
    if (chunk.is_failed) return abort();
    has_stream_ended_ = chunk.is_last;
    std::string& bytes = group_->scratch();
    append_piece(bytes, chunk.bytes, framing_);
    if (chunk.is_last) append_end(bytes, framing_);
    send(bytes);
}

/// Gives the kernel what it takes at once, which is nearly always all, and keeps the rest.
void Connection::send(std::string_view bytes) {
    if (!unsent_.send(socket_, bytes)) {
        lose();
    } else if (!unsent_.bytes().empty()) {
        enter(Phase::writing);
    }
}

/// After a wait for the kernel to take what was unsent, if there was anything.
void Connection::flushed(const IoResult& written) {
    unsent_.clear();
    if (written.error) {
        lose();
    } else if (phase_ == Phase::writing) {
        enter(reader_.stage() == RequestReader::Stage::body ? Phase::body : Phase::answering);
    }
}

void Connection::finish_answer() {
    response_.reset();
    if (!keeps_alive_) return begin_lingering();
    reader_.begin_next();
    if (input_.size() == 0 && input_.capacity() > input_size_bytes) input_.shrink_to_fit();
}

void Connection::begin_lingering() {
    lingering_.begin(socket_);
    input_.clear();
    enter(Phase::lingering);
}

void Connection::discard(const IoResult& read) {
    if (!lingering_.discard(read)) lose();
}

void Connection::expire() {
    switch (phase_) {
        case Phase::header:
            reader_.refuse({RefusalKind::timed_out, "The header took too long."});
            enter(Phase::answering);
            break;
        case Phase::body:
            reader_.refuse({RefusalKind::timed_out, "The body took too long."});
            enter(Phase::answering);
            break;
        case Phase::writing:
            group_->counts().timed_out.add_one();
            abort();
            break;
        case Phase::idle:
        case Phase::lingering:
        case Phase::answering:
        case Phase::over: lose(); break;
    }
    // What the coroutine waits for ends now, and it sees the phase.
    boost::system::error_code error;
    socket_.cancel(error);
}

void Connection::cut() {
    const auto keep = shared_from_this();
    lose();
    boost::system::error_code error;
    socket_.close(error);
    resume();
}

void Connection::lose() {
    enter(Phase::over);
}

/// Ends with a reset, which no client can take for a regular end, and which leaves nothing unsent
/// in the kernel.
void Connection::abort() {
    boost::system::error_code error;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), error);
    lose();
}

void Connection::end() {
    enter(Phase::over);
    boost::system::error_code error;
    socket_.close(error);
    // A stream's source is let go now, even if somebody keeps the Reply.
    response_.reset();
    chunk_.reset();
    group_->leave(*this);
}

void Connection::enter(Phase phase) {
    phase_ = phase;
    group_->enter(*this, phase);
}

void Connection::resume() {
    if (suspended_) std::exchange(suspended_, nullptr).resume();
}

}  // namespace dibs::http
