#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "database/postgres_connection.h"
#include "repository/store.h"

namespace dibs::repository {

/// A look at what other processes append: a connection of its own that listens, and after each
/// notice or each patience a question to the books. What was notified only shortens the wait: what
/// is said is what the books say.
class PostgresStreamWatch final : public StreamWatch {
public:
    /// `answer_time`: how long the server may take to answer. `hears_others`: whether the engine
    /// can notify; if not, only the time ends a wait.
    PostgresStreamWatch(std::string url, std::chrono::milliseconds answer_time, bool hears_others)
        : url_(std::move(url)), answer_time_(answer_time), hears_others_(hears_others) {}

    base::Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) override;

private:
    [[nodiscard]] base::Result<void> wait(std::chrono::milliseconds patience);
    [[nodiscard]] base::Result<void> connect();
    [[nodiscard]] base::SteadyInstant answer_deadline() const {
        return clock_.steady_now() + answer_time_;
    }

    const base::SystemClock clock_;
    const std::string url_;
    const std::chrono::milliseconds answer_time_;
    const bool hears_others_;
    database::ServingHost host_;
    std::optional<database::PostgresConnection> ear_;
};

}  // namespace dibs::repository
