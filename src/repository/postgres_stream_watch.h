#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "database/postgres_connection.h"
#include "repository/postgres_pool.h"
#include "repository/store.h"

namespace dibs::repository {

/// A look at what other processes append: a connection that listens, and after each notice or each
/// patience a question to the books. What was notified only shortens the wait: what is said is what
/// the books say.
class PostgresStreamWatch final : public StreamWatch {
public:
    /// `readers` must outlive it. `hears_others`: whether the engine can notify.
    PostgresStreamWatch(PostgresPool& readers, std::string url, bool hears_others)
        : readers_(readers), url_(std::move(url)), hears_others_(hears_others) {}

    base::Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) override;

private:
    [[nodiscard]] base::Result<void> wait(std::chrono::milliseconds patience);

    PostgresPool& readers_;
    const std::string url_;
    const bool hears_others_;
    std::optional<database::PostgresConnection> ear_;
};

}  // namespace dibs::repository
