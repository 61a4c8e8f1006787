#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "database/postgres_connection.h"

// The same sale as ours, as others would build it over PostgreSQL: plain tables, one request at a
// time, a round trip for each statement. Each way has a file of its own. They are written to be
// fast where a textbook leaves a choice: a counter instead of a sum over all events, statements
// that stay prepared, no foreign keys.

namespace dibs::bench {

/// What a customer of a rival is told.
enum class RivalAnswer : std::uint8_t { issued, sold_out, already_registered, not_open };

/// What became of a customer's request.
struct RivalIssue {
    RivalAnswer answer = RivalAnswer::not_open;
    // Of the registered coupon, where one was issued.
    std::int64_t event_id = 0;
    std::int64_t rank = 0;
};

/// A way to issue coupons. Each issue writes what ours does: an inventory event, the same event
/// into the history, and the registered coupon; the stock and the limit of one for each user are
/// checked.
struct Rival {
    std::string_view name;
    /// SQL for what it needs beside the plain tables; empty if nothing.
    std::string_view schema;
    /// Issues a coupon to a user, from one client's connection; the commit is in it. Blocks.
    /// Fails: as the connection does. A conflict is answered by trying again, for as long as it
    /// takes.
    base::Result<RivalIssue> (*issue)(database::PostgresConnection& connection,
                                      std::int64_t coupon_id, const std::string& user);
};

/// `SELECT … FOR UPDATE` on the coupon, then looks, then writes.
extern const Rival row_lock;
/// The same without the lock, SERIALIZABLE, and again when the server says 40001.
extern const Rival serializable;
/// A function of the server's does it all; one round trip.
extern const Rival one_call;
/// `UPDATE … SET stock = stock - 1 WHERE stock > 0` decides; the keys do the rest.
extern const Rival counter_first;

inline const std::array<const Rival*, 4> all_rivals{&row_lock, &serializable, &one_call,
                                                    &counter_first};

}  // namespace dibs::bench
