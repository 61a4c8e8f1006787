#include "rivals/audit.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/clock.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: a million rows are read in a few seconds.
constexpr std::chrono::seconds audit_patience{120};

// One row for each rule: its words, and how many rows break it.
constexpr std::string_view rules_sql = R"(
SELECT 'the events of a coupon add up to its stock', count(*)
  FROM coupon AS c
 WHERE c.stock < 0
    OR c.stock <> (SELECT coalesce(sum(amount), 0) FROM coupon_inventory WHERE coupon_id = c.id)
    OR c.stock <> (SELECT coalesce(sum(amount), 0) FROM coupon_inventory_history
                    WHERE coupon_id = c.id)
    OR c.issued <> (SELECT count(*) FROM registered_coupon WHERE coupon_id = c.id)
UNION ALL
SELECT 'no more are issued than were stocked', count(*)
  FROM (SELECT coupon_id FROM coupon_inventory_history
         GROUP BY coupon_id
        HAVING -coalesce(sum(amount) FILTER (WHERE kind = 'issued'), 0)
             > coalesce(sum(amount) FILTER (WHERE kind = 'stocked'), 0)) AS oversold
UNION ALL
SELECT 'a user has a coupon once', count(*)
  FROM (SELECT 1 FROM registered_coupon GROUP BY coupon_id, user_id HAVING count(*) > 1) AS twice
UNION ALL
SELECT 'a rank is given once, and none is left out', count(*)
  FROM (SELECT 1 FROM registered_coupon GROUP BY coupon_id
        HAVING count(DISTINCT rank) <> count(*) OR min(rank) <> 1 OR max(rank) <> count(*)) AS gap
UNION ALL
SELECT 'an event is registered once', count(*)
  FROM (SELECT 1 FROM registered_coupon GROUP BY event_id HAVING count(*) > 1) AS twice
UNION ALL
SELECT 'inventory and history say the same', count(*)
  FROM coupon_inventory AS i
  FULL JOIN coupon_inventory_history AS h ON h.id = i.id
 WHERE i.id IS NULL OR h.id IS NULL
    OR ROW(i.coupon_id, i.kind, i.amount, i.user_id)
       IS DISTINCT FROM ROW(h.coupon_id, h.kind, h.amount, h.user_id)
UNION ALL
SELECT 'issued events and registered coupons are one to one', count(*)
  FROM (SELECT * FROM coupon_inventory_history WHERE kind = 'issued') AS h
  FULL JOIN registered_coupon AS r ON r.event_id = h.id
 WHERE h.id IS NULL OR r.id IS NULL OR h.coupon_id <> r.coupon_id OR h.user_id <> r.user_id
)";

constexpr std::string_view count_sql = "SELECT count(*) FROM registered_coupon";

}  // namespace

Result<void> audit_rival(database::PostgresConnection& connection, std::int64_t acknowledged) {
    const auto deadline = base::SystemClock().steady_now() + audit_patience;
    const auto rules = connection.run({rules_sql, {}}, deadline);
    if (!rules) return rules.failure();
    for (std::size_t i = 0; i < rules->row_count(); ++i) {
        if (rules->integer(i, 1) == 0) continue;
        return Failure{
            FailureKind::corrupted,
            fmt::format("{} rows break the rule: {}", rules->integer(i, 1), rules->text(i, 0))};
    }
    const auto stored = connection.run({count_sql, {}}, deadline);
    if (!stored) return stored.failure();
    if (stored->integer(0, 0) == acknowledged) return {};
    return Failure{FailureKind::corrupted, fmt::format("{} were told that they have it, {} have it",
                                                       acknowledged, stored->integer(0, 0))};
}

}  // namespace dibs::bench
