#include "http/reply.h"

#include <utility>

#include "base/ensure.h"
#include "http/connection.h"
#include "http/problem.h"

namespace dibs::http {

Reply::Reply(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Reply::~Reply() {
    if (!connection_) return;
    send(to_response(Problem{500, "internal-error", "Internal error",
                             "The request was given up without an answer."}));
}

Reply::Reply(Reply&&) noexcept = default;

Reply& Reply::operator=(Reply&& other) noexcept {
    // Whatever this one still owed is answered by `dropped`'s end.
    const Reply dropped(std::exchange(connection_, std::move(other.connection_)));
    return *this;
}

void Reply::send(Response response) {
    const auto connection = std::exchange(connection_, nullptr);
    base::ensure(connection != nullptr, "a Reply is sent once");
    connection->answer(std::move(response));
}

Loop& Reply::loop() const {
    base::ensure(connection_ != nullptr, "a Reply that was sent has no loop");
    return connection_->loop();
}

}  // namespace dibs::http
