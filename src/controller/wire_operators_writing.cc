#include <fmt/format.h>

#include <iterator>

#include "controller/wire_format.h"
#include "controller/wire_object.h"

// What operators are told: coupons with their stock, the books, who is registered, the folds.

namespace dibs::controller {

using domain::Coupon;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;

namespace {

void append_coupon(std::string& out, const Coupon& coupon) {
    const CouponTerms& terms = coupon.terms();
    ObjectWriter(out)
        .number("id", terms.id.value)
        .text("name", terms.name)
        .text("description", terms.description)
        .time("from", terms.from)
        .time("to", terms.to)
        .number("limitPerUser", terms.limit_per_user)
        .time("createdAt", terms.created_at)
        .number("stock", coupon.balance().stock)
        .number("issued", coupon.balance().issued)
        .number("sequence", coupon.balance().head.value)
        .end();
}

void append_event(std::string& out, const CouponInventory& event) {
    ObjectWriter object(out);
    object.number("couponId", event.coupon_id.value)
        .number("sequence", event.sequence.value)
        .text("kind", name_of(event.kind))
        .number("amount", event.amount)
        .number("stockAfter", event.stock_after)
        .number("issuedAfter", event.issued_after);
    if (event.user_id) object.text("userId", event.user_id->text());
    if (!event.reason.empty()) object.text("reason", event.reason);
    object.time("createdAt", event.created_at).end();
}

void append_registration(std::string& out, const RegisteredCoupon& registered) {
    ObjectWriter(out)
        .text("id", registered.id().text())
        .number("couponId", registered.coupon_id.value)
        .number("sequence", registered.sequence.value)
        .text("userId", registered.user_id.text())
        .number("nth", registered.nth)
        .number("rank", registered.rank)
        .time("registeredAt", registered.registered_at)
        .text("status", name_of(registered.status))
        .end();
}

void append_run(std::string& out, const repository::CompactionRun& run) {
    ObjectWriter object(out);
    object.number("run", run.run)
        .text("state", run.finished_at ? "finished" : "running")
        .text("trigger", name_of(run.trigger))
        .time("until", run.until)
        .time("startedAt", run.started_at);
    if (run.finished_at) {
        object.time("finishedAt", *run.finished_at)
            .number("tookMicroseconds", (*run.finished_at - run.started_at).count());
    }
    object.number("eventsIn", run.events_in)
        .number("eventsOut", run.events_out)
        .number("steps", run.steps)
        .end();
}

/// Quotes a value if it has to be (RFC 4180 section 2).
void append_csv_value(std::string& out, std::string_view value) {
    // A leading =, +, - or @ would be taken for a formula by a spreadsheet; a quote in front keeps
    // it a text.
    const bool looks_like_formula =
        !value.empty() && std::string_view("=+-@").find(value.front()) != std::string_view::npos;
    if (!looks_like_formula && value.find_first_of(",\"") == std::string_view::npos) {
        out += value;
        return;
    }
    out += '"';
    if (looks_like_formula) out += '\'';
    for (const char c : value) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

std::string write_coupon(const Coupon& coupon) {
    std::string out;
    append_coupon(out, coupon);
    return out;
}

std::string write_coupon_page(const repository::Page<Coupon>& page, const std::string& next) {
    return write_page(page.rows, next, append_coupon);
}

std::string write_event(const CouponInventory& event) {
    std::string out;
    append_event(out, event);
    return out;
}

std::string write_event_page(const repository::Page<CouponInventory>& page,
                             const std::string& next) {
    return write_page(page.rows, next, append_event);
}

std::string write_stock(domain::CouponId coupon_id, const service::StockAt& stock) {
    std::string out;
    ObjectWriter(out)
        .number("couponId", coupon_id.value)
        .time("at", stock.at)
        .number("stock", stock.balance.stock)
        .number("issued", stock.balance.issued)
        .end();
    return out;
}

std::string write_readiness(const repository::StoreFacts& facts) {
    std::string out;
    ObjectWriter(out).text("status", "ready").text("durability", facts.durability).end();
    return out;
}

std::string write_registration(const RegisteredCoupon& registered) {
    std::string out;
    append_registration(out, registered);
    return out;
}

std::string write_registration_page(const repository::Page<RegisteredCoupon>& page,
                                    const std::string& next) {
    return write_page(page.rows, next, append_registration);
}

std::string registrations_csv_header() {
    return "id,couponId,sequence,userId,nth,rank,registeredAt,status\r\n";
}

std::string write_registrations_csv(const std::vector<RegisteredCoupon>& registrations) {
    std::string out;
    for (const RegisteredCoupon& one : registrations) {
        fmt::format_to(std::back_inserter(out), "{},{},{},", one.id().text(), one.coupon_id.value,
                       one.sequence.value);
        append_csv_value(out, one.user_id.text());
        fmt::format_to(std::back_inserter(out), ",{},{},{},{}\r\n", one.nth, one.rank,
                       base::to_rfc3339(one.registered_at), name_of(one.status));
    }
    return out;
}

std::string write_run(const repository::CompactionRun& run) {
    std::string out;
    append_run(out, run);
    return out;
}

std::string write_run_page(const repository::Page<repository::CompactionRun>& page,
                           const std::string& next) {
    return write_page(page.rows, next, append_run);
}

}  // namespace dibs::controller
