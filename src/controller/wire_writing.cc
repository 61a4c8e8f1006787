#include <fmt/format.h>

#include <iterator>

#include "base/log.h"
#include "controller/answer.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using domain::Coupon;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::IssueOutcome;
using domain::RegisteredCoupon;
using http::Response;

namespace {

/// Writes one JSON object, member by member, into a text that is already there.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

    ObjectWriter& text(std::string_view name, std::string_view value) {
        begin(name);
        base::log::append_json_string(out_, value);
        return *this;
    }
    ObjectWriter& number(std::string_view name, std::int64_t value) {
        begin(name);
        fmt::format_to(std::back_inserter(out_), "{}", value);
        return *this;
    }
    ObjectWriter& time(std::string_view name, base::Instant value) {
        begin(name);
        out_ += '"';
        base::append_rfc3339(out_, value);
        out_ += '"';
        return *this;
    }
    /// Leaves the value to the caller, who appends it to the same text.
    ObjectWriter& begin(std::string_view name) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
        return *this;
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    bool is_first_ = true;
};

template <typename Row, typename AppendRow>
std::string write_page(const std::vector<Row>& rows, const std::string& next,
                       AppendRow append_row) {
    std::string out = R"({"items":[)";
    for (const Row& row : rows) {
        if (&row != &rows.front()) out += ',';
        append_row(out, row);
    }
    out += R"(],"next":)";
    if (next.empty()) {
        out += "null";
    } else {
        base::log::append_json_string(out, next);
    }
    out += '}';
    return out;
}

void append_offer(std::string& out, const Coupon& coupon) {
    const CouponTerms& terms = coupon.terms();
    ObjectWriter(out)
        .number("id", terms.id.value)
        .text("name", terms.name)
        .text("description", terms.description)
        .time("from", terms.from)
        .time("to", terms.to)
        .number("limitPerUser", terms.limit_per_user)
        .number("remaining", coupon.balance().stock)
        .end();
}

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

Response registered_response(const IssueOutcome outcome, const RegisteredCoupon& registered,
                             const CouponTerms& terms) {
    // The first answer showed an active coupon; a replay shows the same, whatever became of it
    // since.
    std::string body;
    body.reserve(320);
    RegisteredCoupon first = registered;
    first.status = domain::RegistrationStatus::active;
    append_registered(body, first, terms);
    Response response = json(201, std::move(body));
    response.fields.push_back({"Location", "/api/v1/coupons/me/" + registered.id().text()});
    if (outcome == IssueOutcome::replayed)
        response.fields.push_back({"Idempotent-Replayed", "true"});
    return response;
}

Response already_registered_response(const issuing::IssueResult& result) {
    const http::Problem problem = problem_of(result.outcome);
    Response response = http::to_response(problem);
    std::string body = http::open_problem_json(problem);
    body += R"(,"items":[)";
    for (const RegisteredCoupon& registered : result.registered) {
        if (&registered != &result.registered.front()) body += ',';
        append_registered(body, registered, *result.terms);
    }
    body += "]}";
    response.body = std::move(body);
    return response;
}

}  // namespace

void append_registered(std::string& out, const RegisteredCoupon& registered,
                       const CouponTerms& terms) {
    ObjectWriter object(out);
    object.text("id", registered.id().text())
        .number("couponId", registered.coupon_id.value)
        .number("rank", registered.rank)
        .time("registeredAt", registered.registered_at)
        .text("status", name_of(registered.status));
    object.begin("coupon");
    ObjectWriter(out)
        .number("id", terms.id.value)
        .text("name", terms.name)
        .time("from", terms.from)
        .time("to", terms.to)
        .end();
    object.end();
}

Response to_response(const issuing::IssueResult& result) {
    switch (result.outcome) {
        case IssueOutcome::issued:
        case IssueOutcome::replayed:
            return registered_response(result.outcome, result.registered.front(), *result.terms);
        case IssueOutcome::already_registered: return already_registered_response(result);
        case IssueOutcome::coupon_not_found:
        case IssueOutcome::sold_out:
        case IssueOutcome::not_started:
        case IssueOutcome::ended: break;
    }
    return http::to_response(problem_of(result.outcome));
}

std::string write_registered(const repository::RegisteredWithTerms& registered) {
    std::string out;
    append_registered(out, registered.registered, *registered.terms);
    return out;
}

std::string write_registered_page(const repository::Page<repository::RegisteredWithTerms>& page,
                                  const std::string& next) {
    return write_page(page.rows, next,
                      [](std::string& out, const repository::RegisteredWithTerms& row) {
                          append_registered(out, row.registered, *row.terms);
                      });
}

std::string write_offer(const Coupon& coupon) {
    std::string out;
    append_offer(out, coupon);
    return out;
}

std::string write_offer_page(const repository::Page<Coupon>& page, const std::string& next) {
    return write_page(page.rows, next, append_offer);
}

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
