#include "simulation/simulated_coupons.h"

#include <algorithm>
#include <utility>

#include "simulation/simulated_books.h"
#include "simulation/tables.h"

// What writes. What reads stands in simulated_queries.cc.

namespace dibs::simulation {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::CouponTerms;
using repository::GroupScope;
using repository::StockChange;
using repository::TakeBack;

namespace {

Failure place_taken() {
    return {FailureKind::refused, "simulated: the place is taken"};
}

RegisteredRow* find_registered_row(CouponRows& rows, std::int64_t sequence) {
    const auto found =
        std::ranges::lower_bound(rows.registered, sequence, {}, &RegisteredRow::sequence);
    if (found == rows.registered.end() || found->sequence != sequence) return nullptr;
    return &*found;
}

}  // namespace

Result<std::unique_ptr<repository::Books>> SimulatedCoupons::open_books() {
    std::unique_ptr<Session> session;
    if (scope_ == GroupScope::all_coupons) {
        auto begun = begin("open_books", writer_lock);
        if (!begun) return begun.failure();
        session = *std::move(begun);
    }
    return std::unique_ptr<repository::Books>(
        std::make_unique<SimulatedBooks>(server_, node_, std::move(session)));
}

Result<Coupon> SimulatedCoupons::create(const domain::CouponCreate& create, Instant now) {
    auto session = begin("create", writer_lock);
    if (!session) return session.failure();
    const auto id = static_cast<std::int64_t>(server_.rows().coupons.size()) + 1;
    Coupon coupon(
        std::make_shared<const CouponTerms>(CouponTerms{.id = CouponId{id},
                                                        .name = create.name,
                                                        .description = create.description,
                                                        .from = create.from,
                                                        .to = create.to,
                                                        .limit_per_user = create.limit_per_user,
                                                        .created_at = now}),
        domain::Balance{});
    std::optional<domain::CouponInventory> event;
    if (create.stock > 0) {
        event = coupon.change_stock(domain::InventoryKind::stocked, create.stock, "created", now)
                    .value();
    }
    auto done = (*session)->commit(
        [&server = server_, terms = coupon.shared_terms(), event, id, now]() -> Result<void> {
            if (std::cmp_not_equal(server.rows().coupons.size(), id - 1)) return place_taken();
            CouponRows& rows = server.rows().coupons.emplace_back();
            rows.terms.push_back(to_row(*terms, 0, now, server.now()));
            if (event) static_cast<void>(append_event(rows, to_row(*event, server.now())));
            return {};
        });
    if (!done) return done.failure();
    return coupon;
}

Result<std::optional<Coupon>> SimulatedCoupons::patch(
    CouponId coupon_id, const domain::CouponPatch& patch,
    const std::function<Result<void>(const CouponTerms&)>& check, Instant now) {
    auto session = begin("patch", coupon_id.value);
    if (!session) return session.failure();
    CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return std::optional<Coupon>();
    const Coupon before = to_coupon(coupon_id.value, *rows);
    auto terms = std::make_shared<const CouponTerms>(patched(before.terms(), patch));
    if (auto allowed = check(*terms); !allowed) return allowed.failure();
    auto done = (*session)->commit([&server = server_, terms, now, id = coupon_id.value,
                                    head = before.balance().head.value]() -> Result<void> {
        CouponRows& written = *server.rows().find(id);
        if (std::cmp_not_equal(written.history.size(), head)) return place_taken();
        written.terms.push_back(to_row(*terms, head, now, server.now()));
        return {};
    });
    if (!done) return done.failure();
    return std::optional<Coupon>(Coupon(std::move(terms), before.balance()));
}

Result<StockChange> SimulatedCoupons::change_stock(CouponId coupon_id, domain::InventoryKind kind,
                                                   std::int64_t amount, const std::string& reason,
                                                   Instant now) {
    auto session = begin("change_stock", coupon_id.value);
    if (!session) return session.failure();
    CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return StockChange{};
    Coupon coupon = to_coupon(coupon_id.value, *rows);
    const std::int64_t stock_before = coupon.balance().stock;
    auto event = coupon.change_stock(kind, amount, reason, now);
    if (!event) {
        const bool is_below = event.error() == domain::StockRefusal::below_zero;
        return StockChange{
            is_below ? StockChange::Outcome::below_zero : StockChange::Outcome::too_large,
            std::nullopt, stock_before};
    }
    auto done = (*session)->commit([&server = server_, written = *event]() -> Result<void> {
        CouponRows& of_coupon = *server.rows().find(written.coupon_id.value);
        if (!append_event(of_coupon, to_row(written, server.now()))) return place_taken();
        server.trace().note(server.now(), "{} {}-{} {}", name_of(written.kind),
                            written.coupon_id.value, written.sequence.value, written.amount);
        if (written.amount > 0) server.give_notice();
        return {};
    });
    if (!done) return done.failure();
    const std::int64_t stock = event->stock_after;
    return StockChange{StockChange::Outcome::appended, *std::move(event), stock};
}

Result<TakeBack> SimulatedCoupons::take_back(domain::RegistrationId id, const std::string& reason,
                                             Instant now) {
    auto session = begin("take_back", id.coupon_id.value);
    if (!session) return session.failure();
    CouponRows* const rows = server_.rows().find(id.coupon_id.value);
    RegisteredRow* const row =
        rows == nullptr ? nullptr : find_registered_row(*rows, id.sequence.value);
    if (row == nullptr) return TakeBack{};
    auto registered = to_registered(*row);
    if (row->is_returned) {
        return TakeBack{TakeBack::Outcome::already_returned, std::nullopt, std::move(registered)};
    }
    Coupon coupon = to_coupon(id.coupon_id.value, *rows);
    auto event = coupon.take_back(registered, reason, now);
    auto done = (*session)->commit([&server = server_, id, event]() -> Result<void> {
        CouponRows& written = *server.rows().find(id.coupon_id.value);
        RegisteredRow& returned = *find_registered_row(written, id.sequence.value);
        if (returned.is_returned || !append_event(written, to_row(event, server.now()))) {
            return place_taken();
        }
        returned.is_returned = true;
        returned.returned_at = server.now();
        server.trace().note(server.now(), "returned {}", id.text());
        server.give_notice();
        return {};
    });
    if (!done) return done.failure();
    registered.status = domain::RegistrationStatus::returned;
    return TakeBack{TakeBack::Outcome::returned, std::move(event), std::move(registered)};
}

Result<std::unique_ptr<Session>> SimulatedCoupons::begin(std::string_view call,
                                                         std::int64_t coupon) {
    if (auto passed = server_.pass(call); !passed) return passed.failure();
    auto session = std::make_unique<Session>(server_, node_);
    const Lock lock = scope_ == GroupScope::all_coupons ? writer_lock : coupon;
    if (auto locked = session->lock(lock); !locked) return locked.failure();
    server_.conductor().sleep(server_.random().between(0, 100));
    return session;
}

}  // namespace dibs::simulation
