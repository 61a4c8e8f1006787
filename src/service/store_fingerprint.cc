#include "service/store_fingerprint.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ensure.h"
#include "service/store_rows.h"

// A row goes into the sum as its values in order, each with its length before it, so that no two
// different rows read the same. What goes in are the domain's words, not a database's spelling of
// them.

namespace dibs::service {

using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using repository::AuditSnapshot;
using repository::CompactionPoint;
using repository::CompactionRun;
using repository::Cursor;
using repository::TermsInForce;

namespace {

/// A SHA-256 over rows.
class RowSum {
public:
    RowSum() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        base::ensure(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
                     "OpenSSL offers SHA-256");
    }

    template <typename... Values>
    void add(const Values&... values) {
        row_.clear();
        (write(values), ...);
        base::ensure(EVP_DigestUpdate(context_.get(), row_.data(), row_.size()) == 1,
                     "a SHA-256 over text in memory is computed");
    }

    void add_row(const CouponTerms& coupon) {
        add("coupon", coupon.id.value, coupon.name, coupon.description, coupon.from, coupon.to,
            coupon.limit_per_user, coupon.created_at);
    }
    void add_row(const TermsInForce& version) {
        add_row(version.terms);
        add("terms", version.after.value, version.announced_at);
    }
    void add_row(const CouponInventory& event) {
        add("event", event.coupon_id.value, event.sequence.value, name_of(event.kind), event.amount,
            event.stock_after, event.issued_after, event.user_id, event.reason, event.created_at);
    }
    void add_row(const RegisteredCoupon& registered) {
        add("registered", registered.coupon_id.value, registered.sequence.value,
            registered.user_id.text(), registered.nth, registered.rank, registered.idempotency_key,
            registered.registered_at, name_of(registered.status));
    }
    void add_row(const CompactionRun& run) {
        add("run", run.run, run.until, name_of(run.trigger), run.started_at,
            run.finished_at ? base::to_microseconds(*run.finished_at) : -1,
            static_cast<std::int64_t>(run.is_frozen), run.events_in, run.events_out, run.steps);
    }
    void add_row(const CompactionPoint& point) {
        add("point", point.coupon_id.value, point.sequence.value);
    }

    [[nodiscard]] std::string finish() {
        std::array<unsigned char, 32> sum{};
        base::ensure(EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr) == 1,
                     "a SHA-256 over text in memory is computed");
        std::string digits;
        for (const unsigned char byte : sum) digits += fmt::format("{:02x}", byte);
        return digits;
    }

private:
    void write(std::string_view text) {
        write(static_cast<std::int64_t>(text.size()));
        row_ += text;
    }
    void write(std::int64_t number) {
        row_ += fmt::format_int(number).c_str();
        row_ += ' ';
    }
    void write(base::Instant instant) { write(base::to_microseconds(instant)); }
    template <typename Text>
    void write(const std::optional<Text>& text) {
        write(static_cast<std::int64_t>(text.has_value()));
        if (text) write(std::string_view(text->text()));
    }

    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
    std::string row_;
};

/// Adds one coupon's rows, calling `look` for each.
template <typename Row, typename Look>
Result<void> add_rows(RowSum& sum, RowStream<Row>& rows, CouponId coupon_id, Look look) {
    while (rows.is_at(coupon_id)) {
        sum.add_row(*rows.front());
        look(*rows.front());
        if (auto done = rows.advance(); !done) return done;
    }
    return {};
}

/// Adds all rows of a table.
template <typename Row>
Result<void> add_table(RowSum& sum, Result<std::unique_ptr<Cursor<Row>>> cursor) {
    return for_each_row(std::move(cursor), [&](const Row& row) { sum.add_row(row); });
}

Result<void> add_compactions(RowSum& sum, AuditSnapshot& snapshot) {
    if (auto done = add_table(sum, snapshot.compactions()); !done) return done;
    return add_table(sum, snapshot.compaction_points());
}

Result<CouponFingerprint> fingerprint_of_coupon(StoreRows& tables, CouponId coupon_id) {
    CouponFingerprint print;
    RowSum sum;
    auto done = add_rows(sum, tables.coupons, coupon_id,
                         [&](const CouponTerms& coupon) { print.name = coupon.name; });
    if (!done) return done.failure();
    done = add_rows(sum, tables.terms, coupon_id, [](const TermsInForce&) {});
    if (!done) return done.failure();
    done = add_rows(sum, tables.history, coupon_id, [&](const CouponInventory& event) {
        print.balance = fold(print.balance, event);
    });
    if (!done) return done.failure();
    done = add_rows(sum, tables.registrations, coupon_id,
                    [&](const RegisteredCoupon&) { ++print.registration_count; });
    if (!done) return done.failure();
    done = add_rows(sum, tables.live, coupon_id,
                    [&](const CouponInventory&) { ++print.live_event_count; });
    if (!done) return done.failure();
    print.sha256 = sum.finish();
    return print;
}

}  // namespace

Result<StoreFingerprint> fingerprint_of(AuditSnapshot& snapshot) {
    auto tables = StoreRows::open(snapshot);
    if (!tables) return tables.failure();
    StoreFingerprint store;
    while (tables->coupons.front()) {
        const CouponId coupon_id = tables->coupons.front()->id;
        auto print = fingerprint_of_coupon(*tables, coupon_id);
        if (!print) return print.failure();
        store.coupons.emplace(coupon_id, *std::move(print));
    }
    RowSum compactions;
    if (auto done = add_compactions(compactions, snapshot); !done) return done.failure();
    store.compactions_sha256 = compactions.finish();
    return store;
}

Result<std::string> position_of(AuditSnapshot& snapshot) {
    RowSum sum;
    if (auto done = add_table(sum, snapshot.coupons()); !done) return done.failure();
    if (auto done = add_table(sum, snapshot.terms()); !done) return done.failure();
    if (auto done = add_table(sum, snapshot.live_events()); !done) return done.failure();
    if (auto done = add_compactions(sum, snapshot); !done) return done.failure();
    return sum.finish();
}

}  // namespace dibs::service
