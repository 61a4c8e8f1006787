#include "repository/postgres_listing.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "repository/postgres_rows.h"

// What is due is a table, written with what it tells of in one transaction: so it can't be lost,
// whoever dies when. It goes only after the listings have what it tells of, so between the two a
// row is in both, and a reader who asked for what is due first finds it in one of them at least.
//
// Filling twice changes nothing. A registration is never changed but for its status, which only
// goes from active to returned; terms carry the number of their version, and the higher one stays.

namespace dibs::repository {

using base::Result;
using base::to_microseconds;
using database::PostgresRows;
using database::PostgresStatement;
using database::to_array;
using domain::CouponId;
using domain::RegisteredCoupon;

namespace {

constexpr std::string_view take_due_sql =
    "SELECT coupon_id, change, number, first_sequence, last_sequence FROM listing_due"
    " ORDER BY coupon_id, change, number LIMIT $1::bigint"
    " FOR UPDATE SKIP LOCKED";

// No more is looked at than one portion and a row: where there is more, it is as if it were
// everybody's.
constexpr std::string_view find_due_sql =
    "SELECT count(*), bit_or(marks)"
    "  FROM (SELECT marks FROM listing_due"
    "         ORDER BY coupon_id, change, number LIMIT $1::bigint) AS due";

constexpr std::string_view insert_due_sql =
    "INSERT INTO listing_due (coupon_id, change, number, first_sequence, last_sequence, marks)"
    " VALUES ($1::bigint, $2::text, $3::bigint, $4::bigint, $5::bigint, $6::bigint)"
    " ON CONFLICT DO NOTHING";

constexpr std::string_view insert_due_terms_sql =
    "INSERT INTO listing_due (coupon_id, change, number, first_sequence, last_sequence, marks)"
    " SELECT t.coupon_id, 'terms', t.version, 0, 0, $2::bigint"
    "   FROM coupon_terms AS t"
    "  WHERE t.coupon_id = $1::bigint ORDER BY t.version DESC LIMIT 1"
    " ON CONFLICT DO NOTHING";

constexpr std::string_view delete_due_sql =
    "DELETE FROM listing_due"
    "  USING unnest($1::bigint[], $2::text[], $3::bigint[]) AS filled (coupon_id, change, number)"
    "  WHERE listing_due.coupon_id = filled.coupon_id AND listing_due.change = filled.change"
    "    AND listing_due.number = filled.number";

// The history has the order, the registered coupons have the rest.
constexpr std::string_view registered_in_ranges_sql =
    "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key, r.registered_at,"
    "       r.status"
    "  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
    "    AS due (coupon_id, first_sequence, last_sequence)"
    "  JOIN coupon_inventory_history AS h"
    "    ON h.coupon_id = due.coupon_id"
    "   AND h.sequence BETWEEN due.first_sequence AND due.last_sequence AND h.kind = 'issued'"
    "  JOIN registered_coupon AS r"
    "    ON r.user_id = h.user_id AND r.coupon_id = h.coupon_id AND r.sequence = h.sequence";

constexpr std::string_view coupons_with_version_sql =
    "SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user, c.created_at,"
    "       (SELECT t.version FROM coupon_terms AS t WHERE t.coupon_id = c.id"
    "         ORDER BY t.version DESC LIMIT 1)"
    "  FROM unnest($1::bigint[]) AS due (coupon_id) JOIN coupon AS c ON c.id = due.coupon_id";

constexpr std::string_view put_coupons_sql =
    "INSERT INTO listed_coupon"
    "  (id, version, name, description, starts_at, ends_at, limit_per_user, created_at)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],"
    "                      $6::bigint[], $7::bigint[], $8::bigint[])"
    " ON CONFLICT (id) DO UPDATE"
    "   SET version = excluded.version, name = excluded.name, description = excluded.description,"
    "       starts_at = excluded.starts_at, ends_at = excluded.ends_at"
    " WHERE excluded.version > listed_coupon.version";

constexpr std::string_view put_registered_sql =
    "INSERT INTO listed_registration"
    "  (user_id, registered_at, coupon_id, sequence, nth, rank, idempotency_key, status)"
    " SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
    "                      $6::bigint[], $7::text[], $8::text[])"
    " ON CONFLICT (user_id, registered_at, coupon_id, sequence) DO UPDATE"
    "   SET status = excluded.status"
    " WHERE excluded.status = 'returned' AND listed_registration.status = 'active'";

constexpr std::string_view list_sql =
    "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key, r.registered_at,"
    "       r.status,"
    "       c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user, c.created_at"
    "  FROM listed_registration AS r JOIN listed_coupon AS c ON c.id = r.coupon_id"
    " WHERE r.user_id = $1::text"
    "   AND (r.registered_at, r.coupon_id, r.sequence) < ($2::bigint, $3::bigint, $4::bigint)"
    " ORDER BY r.registered_at DESC, r.coupon_id DESC, r.sequence DESC LIMIT $5::bigint";

/// Texts as they go into an array.
std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
    return {texts.begin(), texts.end()};
}

PostgresStatement put_coupons(const std::vector<ListedCoupon>& coupons) {
    std::vector<std::int64_t> ids, versions, starts, ends, limits, times;
    std::vector<std::string_view> names, descriptions;
    for (const auto& [terms, version] : coupons) {
        ids.push_back(terms.id.value);
        versions.push_back(version);
        names.push_back(terms.name);
        descriptions.push_back(terms.description);
        starts.push_back(to_microseconds(terms.from));
        ends.push_back(to_microseconds(terms.to));
        limits.push_back(terms.limit_per_user);
        times.push_back(to_microseconds(terms.created_at));
    }
    return {put_coupons_sql,
            {to_array(ids), to_array(versions), to_array(names), to_array(descriptions),
             to_array(starts), to_array(ends), to_array(limits), to_array(times)}};
}

PostgresStatement put_registered(const std::vector<RegisteredCoupon>& registered) {
    std::vector<std::int64_t> times, coupons, sequences, nths, ranks;
    std::vector<std::string_view> users, statuses;
    std::vector<std::optional<std::string_view>> keys;
    for (const RegisteredCoupon& one : registered) {
        users.push_back(one.user_id.text());
        times.push_back(to_microseconds(one.registered_at));
        coupons.push_back(one.coupon_id.value);
        sequences.push_back(one.sequence.value);
        nths.push_back(one.nth);
        ranks.push_back(one.rank);
        keys.push_back(one.idempotency_key
                           ? std::optional<std::string_view>(one.idempotency_key->text())
                           : std::nullopt);
        statuses.push_back(name_of(one.status));
    }
    return {put_registered_sql,
            {to_array(users), to_array(times), to_array(coupons), to_array(sequences),
             to_array(nths), to_array(ranks), to_array(keys), to_array(statuses)}};
}

Result<ListedCoupon> read_listed_coupon(const PostgresRow& row) {
    return ListedCoupon{read_terms(row), row.integer(postgres_terms_column_count)};
}

std::vector<std::optional<std::string>> listing_parameters(const ListingQuery& query) {
    const std::string past_the_newest = to_parameter(std::numeric_limits<std::int64_t>::max());
    const auto& after = query.after;
    return {query.user.text(), after ? to_parameter(after->registered_at) : past_the_newest,
            after ? to_parameter(after->id.coupon_id) : past_the_newest,
            after ? to_parameter(after->id.sequence) : past_the_newest,
            one_more_parameter(query.count_max)};
}

}  // namespace

std::vector<Result<Listing>> read_listings(PostgresPool& readers, std::string_view sql,
                                           std::span<const ListingQuery> queries) {
    std::vector<PostgresStatement> statements;
    statements.reserve(queries.size());
    for (const ListingQuery& query : queries) {
        statements.push_back({sql, listing_parameters(query)});
    }
    const auto rows = readers.read(statements);
    if (!rows) return std::vector<Result<Listing>>(queries.size(), rows.failure());
    std::vector<Result<Listing>> listings;
    listings.reserve(queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        listings.push_back(read_page<RegisteredWithTerms>((*rows)[i], queries[i].count_max,
                                                          read_registered_with_terms));
    }
    return listings;
}

PostgresStatement registered_is_due(CouponId coupon_id, domain::Sequence first,
                                    domain::Sequence last, UserMarks users) {
    return {insert_due_sql,
            {to_parameter(coupon_id), "registered", to_parameter(last), to_parameter(first),
             to_parameter(last), to_parameter(users.as_number())}};
}

PostgresStatement returned_is_due(const RegisteredCoupon& registered) {
    const std::string sequence = to_parameter(registered.sequence);
    UserMarks users;
    users.add(registered.user_id);
    return {insert_due_sql,
            {to_parameter(registered.coupon_id), "returned", sequence, sequence, sequence,
             to_parameter(users.as_number())}};
}

PostgresStatement terms_are_due(CouponId coupon_id) {
    UserMarks users;
    users.add_all();
    return {insert_due_terms_sql, {to_parameter(coupon_id), to_parameter(users.as_number())}};
}

Result<UserMarks> PostgresListing::find_due() {
    const auto rows = readers_.read_one({find_due_sql, {one_more_parameter(due_max)}});
    if (!rows) return rows.failure();
    UserMarks users = UserMarks::from_number(rows->integer(0, 1));
    if (std::cmp_greater(rows->integer(0, 0), due_max)) users.add_all();
    return users;
}

std::vector<Result<Listing>> PostgresListing::list(std::span<const ListingQuery> queries) {
    return read_listings(readers_, list_sql, queries);
}

Result<std::optional<PostgresListing::Due>> PostgresListing::take_due() {
    auto begun =
        fillers_.begin({{take_due_sql, {to_parameter(static_cast<std::int64_t>(due_max))}}});
    if (!begun) return begun.failure();
    const PostgresRows& taken = begun->rows.front();
    if (taken.row_count() == 0) return std::optional<Due>();
    Due due{.lease = std::move(begun->lease),
            .coupon_ids = {},
            .changes = {},
            .numbers = {},
            .rows = {},
            .are_terms_new = false};
    std::vector<std::int64_t> firsts, lasts;
    for (std::size_t i = 0; i < taken.row_count(); ++i) {
        due.coupon_ids.push_back(taken.integer(i, 0));
        due.changes.emplace_back(taken.text(i, 1));
        due.numbers.push_back(taken.integer(i, 2));
        firsts.push_back(taken.integer(i, 3));
        lasts.push_back(taken.integer(i, 4));
        if (due.changes.back() == "terms") due.are_terms_new = true;
    }
    std::vector<std::int64_t> coupons = due.coupon_ids;  // They come in order.
    coupons.erase(std::ranges::unique(coupons).begin(), coupons.end());
    // Only now, in statements that are younger than the lock.
    const std::vector<PostgresStatement> reads = {
        {registered_in_ranges_sql, {to_array(due.coupon_ids), to_array(firsts), to_array(lasts)}},
        {coupons_with_version_sql, {to_array(coupons)}}};
    const auto rows = due.lease.exchange(reads);
    if (!rows) return rows.failure();
    auto registered = read_all<RegisteredCoupon>((*rows)[0], read_registered);
    if (!registered) return registered.failure();
    due.rows.registered = *std::move(registered);
    auto listed = read_all<ListedCoupon>((*rows)[1], read_listed_coupon);
    if (!listed) return listed.failure();
    due.rows.coupons = *std::move(listed);
    return std::optional<Due>(std::move(due));
}

Result<void> PostgresListing::settle(Due due) {
    const std::vector<PostgresStatement> statements = {
        {delete_due_sql,
         {to_array(due.coupon_ids), to_array(views_of(due.changes)), to_array(due.numbers)}}};
    const auto done = due.lease.commit(statements);
    if (!done) return done.failure();
    return {};
}

Result<void> PostgresListing::put(const ListedRows& rows) {
    std::vector<PostgresStatement> statements;
    if (!rows.coupons.empty()) statements.push_back(put_coupons(rows.coupons));
    if (!rows.registered.empty()) statements.push_back(put_registered(rows.registered));
    auto begun = fillers_.begin({});
    if (!begun) return begun.failure();
    const auto done = begun->lease.commit(statements);
    if (!done) return done.failure();
    return {};
}

}  // namespace dibs::repository
