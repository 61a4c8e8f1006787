#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "database/postgres_connection.h"
#include "load/new_users.h"
#include "rivals/rival.h"

namespace dibs::bench {

/// What a rival came to while its clients asked.
struct RivalRun {
    std::uint64_t issued = 0;
    std::chrono::nanoseconds taken{0};  ///< From the first request to the last answer.
    std::uint64_t round_trips = 0;

    [[nodiscard]] double per_second() const {
        return static_cast<double>(issued) / std::chrono::duration<double>(taken).count();
    }
};

/// A rival's shop: a database of its own, and clients that each have a connection and a thread.
/// Belongs to one thread.
class RivalSale {
public:
    /// Makes the tables in an empty database and connects. Fails: unavailable.
    [[nodiscard]] static base::Result<RivalSale> open(const Rival& rival, const std::string& url,
                                                      std::size_t client_count);

    /// Announces a coupon that is open now, one for each user. Fails: unavailable.
    [[nodiscard]] base::Result<std::int64_t> offer(std::int64_t stock);

    /// All clients ask for new users, each again as soon as it has its answer, for so long,
    /// and at least once. Fails:
    /// as the rival does, and corrupted (somebody was refused).
    [[nodiscard]] base::Result<RivalRun> sell_for(std::int64_t coupon_id,
                                                  std::chrono::nanoseconds duration);

    /// The rival shows that it is right before it is timed: all clients ask for the same users,
    /// more than there are coupons, all at once. Fails: as the rival does, and corrupted.
    [[nodiscard]] base::Result<void> prove();

    /// So many more customers were told by others that they have a coupon of this database.
    void count_elsewhere(std::uint64_t acknowledged) { acknowledged_ += acknowledged; }

    /// Holds the tables against the rules, and against what customers were told. Fails: corrupted.
    [[nodiscard]] base::Result<void> audit();

private:
    using Clients = std::vector<database::PostgresConnection>;
    RivalSale(const Rival& rival, Clients clients);

    const Rival* rival_;
    Clients clients_;
    std::unique_ptr<NewUsers> users_ = std::make_unique<NewUsers>();
    std::uint64_t acknowledged_ = 0;  ///< Of all coupons.
};

}  // namespace dibs::bench
