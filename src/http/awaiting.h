#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <coroutine>
#include <cstddef>
#include <string_view>

#include "base/ensure.h"

// What a connection's coroutine can wait for. Asio has coroutines of its own; these do without the
// frame that Asio allocates for each operation, and can wait for a Reply, which is no operation of
// Asio's. All of them resume on the loop's thread, never before the call that began them returned.
//
// g++ 12 destroys an aggregate or a capturing lambda twice that is a temporary inside of a co_await
// expression: everything here has a constructor, and its operands are references.

namespace dibs::http {

/// A TCP socket that knows its loop's type, which saves Asio a virtual call per operation.
using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// A coroutine that runs from its call to its end with nobody waiting for it; whoever resumes it
/// last frees it.
class DetachedTask {
public:
    struct promise_type {
        DetachedTask get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() {
            base::ensure(false, "no exception leaves a connection's coroutine");
        }
    };
};

/// How an operation on a socket ended.
struct IoResult {
    boost::system::error_code error;
    std::size_t size_bytes = 0;
};

/// What Asio calls when an operation is done.
class ResumeWithResult {
public:
    ResumeWithResult(std::coroutine_handle<> coroutine, IoResult& result)
        : coroutine_(coroutine), result_(&result) {}

    void operator()(const boost::system::error_code& error, std::size_t size_bytes) {
        *result_ = IoResult{error, size_bytes};
        coroutine_.resume();
    }

private:
    std::coroutine_handle<> coroutine_;
    IoResult* result_;
};

/// Waits for some bytes.
class ReadSome {
public:
    ReadSome(Socket& socket, boost::asio::mutable_buffer buffer)
        : socket_(socket), buffer_(buffer) {}

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
        socket_.async_read_some(buffer_, ResumeWithResult(coroutine, result_));
    }
    [[nodiscard]] IoResult await_resume() const { return result_; }

private:
    Socket& socket_;
    boost::asio::mutable_buffer buffer_;
    IoResult result_;
};

/// Waits until all of `bytes`, which must stay as they are, were handed to the kernel. No bytes, no
/// wait.
class WriteAll {
public:
    WriteAll(Socket& socket, std::string_view bytes) : socket_(socket), bytes_(bytes) {}

    [[nodiscard]] bool await_ready() const { return bytes_.empty(); }
    void await_suspend(std::coroutine_handle<> coroutine) {
        boost::asio::async_write(socket_, boost::asio::buffer(bytes_.data(), bytes_.size()),
                                 ResumeWithResult(coroutine, result_));
    }
    [[nodiscard]] IoResult await_resume() const { return result_; }

private:
    Socket& socket_;
    std::string_view bytes_;
    IoResult result_;
};

/// Goes to the end of the loop's queue, so that others have their turn.
class NextTurn {
public:
    explicit NextTurn(Socket& socket) : socket_(socket) {}

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
        boost::asio::post(socket_.get_executor(), [coroutine] { coroutine.resume(); });
    }
    void await_resume() const {}

private:
    Socket& socket_;
};

/// Leaves the coroutine in `slot` for somebody to resume.
class ResumedThrough {
public:
    explicit ResumedThrough(std::coroutine_handle<>& slot) : slot_(slot) {}

    [[nodiscard]] bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) { slot_ = coroutine; }
    void await_resume() const {}

private:
    std::coroutine_handle<>& slot_;
};

}  // namespace dibs::http
