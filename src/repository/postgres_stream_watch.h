#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "database/postgres_connection.h"
#include "repository/store.h"

namespace dibs::repository {

/// The channel on which processes tell each other that a coupon's stock was added to; the payload
/// is the coupon's id.
inline constexpr std::string_view stock_channel = "dibs_stock";

/// A look at what other processes append at one server: a connection of its own that listens, and
/// after each notice or each patience a question to the books. What was notified only shortens the
/// wait: what is said is what the books say.
class PostgresStreamWatch final : public StreamWatch {
public:
    /// `hears_others`: whether the engine can notify; if not, only the time ends a wait.
    PostgresStreamWatch(std::string url, bool hears_others)
        : url_(std::move(url)), hears_others_(hears_others) {}

    base::Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) override;

private:
    /// Until `wait_end`; or, where there is no connection yet, makes one, until `deadline`.
    [[nodiscard]] base::Result<void> wait(base::SteadyInstant wait_end,
                                          base::SteadyInstant deadline);
    [[nodiscard]] base::Result<void> connect(base::SteadyInstant deadline);

    const base::SystemClock clock_;
    const std::string url_;
    const bool hears_others_;
    database::ServingHost host_;
    std::optional<database::PostgresConnection> ear_;
};

}  // namespace dibs::repository
