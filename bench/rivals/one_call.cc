// The rules in the database: a function locks, looks and writes, and the caller has one round trip.
// The lock is held for as long as the function and its commit take, and no longer.

#include "rivals/plain_tables.h"

namespace dibs::bench {

namespace {

constexpr std::string_view function_sql = R"(
CREATE FUNCTION issue_coupon(the_coupon bigint, the_user text,
                             OUT answer text, OUT event_id bigint, OUT rank bigint)
LANGUAGE plpgsql AS $$
DECLARE
    found_coupon coupon%ROWTYPE;
BEGIN
    SELECT * INTO found_coupon FROM coupon WHERE id = the_coupon FOR UPDATE;
    IF NOT FOUND OR now() NOT BETWEEN found_coupon.starts_at AND found_coupon.ends_at THEN
        answer := 'not_open';
        RETURN;
    END IF;
    IF EXISTS (SELECT 1 FROM registered_coupon AS r
                WHERE r.coupon_id = the_coupon AND r.user_id = the_user) THEN
        answer := 'already_registered';
        RETURN;
    END IF;
    IF found_coupon.stock <= 0 THEN
        answer := 'sold_out';
        RETURN;
    END IF;
    rank := found_coupon.issued + 1;
    INSERT INTO coupon_inventory (coupon_id, kind, amount, user_id)
    VALUES (the_coupon, 'issued', -1, the_user) RETURNING id INTO event_id;
    INSERT INTO coupon_inventory_history (id, coupon_id, kind, amount, user_id)
    VALUES (event_id, the_coupon, 'issued', -1, the_user);
    INSERT INTO registered_coupon (coupon_id, user_id, event_id, rank)
    VALUES (the_coupon, the_user, event_id, rank);
    UPDATE coupon SET stock = stock - 1, issued = issued + 1 WHERE id = the_coupon;
    answer := 'issued';
END $$;
)";

constexpr std::string_view call_sql =
    "SELECT answer, event_id, rank FROM issue_coupon($1::bigint, $2::text)";

RivalAnswer read_answer(std::string_view text) {
    if (text == "issued") return RivalAnswer::issued;
    if (text == "sold_out") return RivalAnswer::sold_out;
    if (text == "already_registered") return RivalAnswer::already_registered;
    return RivalAnswer::not_open;
}

base::Result<RivalIssue> issue_in_one_call(database::PostgresConnection& connection,
                                           std::int64_t coupon_id, const std::string& user) {
    const auto rows =
        connection.run({call_sql, {std::to_string(coupon_id), user}}, rival_deadline());
    if (!rows) return rows.failure();
    return RivalIssue{.answer = read_answer(rows->text(0, 0)),
                      .event_id = rows->integer(0, 1),
                      .rank = rows->integer(0, 2)};
}

}  // namespace

const Rival one_call{
    .name = "one plpgsql call", .schema = function_sql, .issue = issue_in_one_call};

}  // namespace dibs::bench
