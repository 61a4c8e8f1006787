#include "simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dibs::simulation {

using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

// As --request-deadline-ms has it by default.
constexpr Time usual_patience = 5'000'000;

// choice: often enough that a short outage is outlived.
constexpr int attempts_max = 3;

/// How many of a user's registrations there are.
std::size_t count_registered(const StoreRows& rows, const std::string& user) {
    std::size_t count = 0;
    for (const CouponRows& of_coupon : rows.coupons) {
        const auto found = of_coupon.of_user.find(user);
        if (found != of_coupon.of_user.end()) count += found->second.size();
    }
    return count;
}

/// Reads a user's listing and stops the run where it isn't what was there at some moment.
void list(Server& server, service::CouponService& coupons, const std::string& user) {
    const std::size_t before = count_registered(server.rows(), user);
    const repository::ListingQuery query{domain::UserId::parse(user).value(), std::nullopt, 1'000};
    const auto page = std::move(coupons.list_registered({&query, 1}).front());
    if (!page) return;
    const std::size_t after = count_registered(server.rows(), user);
    base::ensure(page->rows.size() >= before && page->rows.size() <= after,
                 "a listing shows what was there at some moment");
    for (std::size_t i = 0; i < page->rows.size(); ++i) {
        const domain::RegisteredCoupon& one = page->rows[i].registered;
        base::ensure(one.user_id.text() == user, "a listing shows nobody else's");
        base::ensure(i == 0 || one.registered_at <= page->rows[i - 1].registered.registered_at,
                     "a listing shows the newest first");
    }
}

}  // namespace

WorkloadPlan draw_workload(Random& random) {
    WorkloadPlan plan;
    plan.coupons = static_cast<int>(random.between(1, 8));
    plan.requests = static_cast<int>(random.between(900, 3'600));
    plan.users = static_cast<int>(plan.requests * random.between(20, 150) / 100) + 1;
    plan.bursts = static_cast<int>(random.between(0, 12));
    plan.stock = plan.requests * random.between(20, 150) / 100;
    plan.duration = random.between(2'000'000, 20'000'000);
    plan.order_interval = random.between(50'000, 800'000);
    plan.fold_interval = random.between(500'000, 6'000'000);
    return plan;
}

Workload::Workload(Server& server, Machines& machines, Recorder& recorder, WorkloadPlan plan)
    : server_(server),
      machines_(machines),
      recorder_(recorder),
      random_(server.random()),
      plan_(plan) {
    recorder_.on_answer = [this](const Asked& asked) { hear(asked); };
    recorder_.on_death = [this](const Asked& asked) { ask_again(asked); };
}

void Workload::offer_coupons() {
    Node& node = *machines_.node(0);
    std::vector<std::int64_t> stocks(static_cast<std::size_t>(plan_.coupons), 0);
    // As wanted as they are, so many there are of each, more or less.
    for (std::int64_t part = 0; part < 20; ++part) {
        stocks[random_.zipf(stocks.size())] += plan_.stock / 20;
    }
    for (const std::int64_t stock : stocks) {
        const bool is_taken = node.submit([&node, create = draw_coupon(node, stock)] {
            static_cast<void>(node.coupons().create(create).is_ok());
        });
        base::ensure(is_taken, "a node that was just started takes orders");
    }
}

void Workload::begin() {
    int left = plan_.requests;
    for (int i = 0; i < plan_.bursts; ++i) {
        const Time at = random_.between(0, plan_.duration);
        const Time width = random_.between(100, 40'000);
        const std::int64_t coupon = any_coupon();
        for (std::int64_t size = random_.between(10, 300); size > 0 && left > 0; --size, --left) {
            come(at + random_.between(0, width), coupon);
        }
    }
    for (; left > 0; --left) come(random_.between(0, plan_.duration), any_coupon());
    order_again(server_.now() + plan_.duration);
    fold_again(server_.now() + plan_.duration);
}

void Workload::ask_a_few() {
    for (int i = 0; i < 30; ++i) come(random_.between(0, 300'000), any_coupon());
}

void Workload::come(Time duration, std::int64_t coupon) {
    Wish wish{.coupon = coupon,
              .user = fmt::format("u{}", random_.between(1, plan_.users)),
              .key = {},
              .patience = usual_patience};
    if (random_.happens(600'000)) wish.key = fmt::format("k{}", ++last_key_);
    if (random_.happens(100'000)) wish.patience = random_.between(500, 50'000);
    if (random_.happens(3'000)) wish.coupon = 1'000;  // There is none.
    ask_after(duration, wish, any_machine());
    if (random_.happens(120'000))
        ask_after(duration + random_.between(0, 2'000), wish, any_machine());
    if (random_.happens(80'000)) {
        ask_after(duration + random_.between(2'000, 5'000'000), wish, any_machine());
    }
    if (random_.happens(60'000)) {
        Wish without = wish;
        without.key.clear();
        ask_after(duration + random_.between(0, 500'000), without, any_machine());
    }
}

// A node that stands still has what was sent to it when it goes on; one that is down has nothing.
void Workload::ask_after(Time duration, Wish wish, int machine) {
    server_.conductor().after(duration, world, [this, wish = std::move(wish), machine] {
        Node* const node = machines_.node(machine);
        if (node == nullptr) return;
        server_.conductor().after(0, node->owner(), [node, wish] { node->ask(wish); });
    });
}

void Workload::hear(const Asked& asked) {
    if (asked.answer == "issued") {
        issued_.push_back({asked.coupon, asked.held.front().sequence});
        // The answer got lost on its way.
        if (random_.happens(50'000)) ask_again(asked);
    }
    if (asked.is_failure && random_.happens(700'000)) ask_again(asked);
}

void Workload::ask_again(const Asked& asked) {
    if (asked.attempt >= attempts_max) return;
    ask_after(random_.between(2'000, 800'000),
              {.coupon = asked.coupon,
               .user = asked.user,
               .key = asked.key,
               .patience = usual_patience,
               .attempt = asked.attempt + 1},
              any_machine());
}

void Workload::order_again(Time end) {
    server_.conductor().after(random_.between(0, 2 * plan_.order_interval), world, [this, end] {
        if (server_.now() > end) return;
        order();
        order_again(end);
    });
}

void Workload::order() {
    Node* const node = machines_.any_node();
    if (node == nullptr) return;
    const std::int64_t kind = random_.between(1, 100);
    if (kind <= 45) return change_stock(*node);
    if (kind <= 75) return take_back(*node);
    if (kind <= 85) return patch(*node);
    if (kind <= 98) return look(*node);
    static_cast<void>(node->submit([node, create = draw_coupon(*node, random_.between(0, 50))] {
        static_cast<void>(node->coupons().create(create).is_ok());
    }));
}

void Workload::change_stock(Node& node) {
    const bool stocks = random_.happens(600'000);
    const std::int64_t amount = stocks                     ? random_.between(1, 60)
                                : random_.happens(500'000) ? random_.between(1, 10)
                                                           : -random_.between(1, 60);
    StockOrder order;
    order.node = node.number();
    order.coupon = any_coupon();
    order.kind = stocks ? "stocked" : "adjusted";
    order.amount = amount;
    order.asked_at = server_.now();
    const std::int64_t coupon = order.coupon;
    const std::size_t number = recorder_.note_order(std::move(order));
    const bool is_taken = node.submit([this, &node, number, coupon, stocks, amount,
                                       reason = recorder_.seen().orders[number].reason] {
        recorder_.note_change(
            number, node.coupons().change_stock(
                        domain::CouponId{coupon},
                        stocks ? domain::InventoryKind::stocked : domain::InventoryKind::adjusted,
                        amount, reason));
    });
    if (!is_taken) recorder_.seen().orders[number].is_lost = true;
}

void Workload::take_back(Node& node) {
    if (issued_.empty()) return;
    const Registration registration = random_.one_of(issued_);
    StockOrder order;
    order.node = node.number();
    order.coupon = registration.coupon;
    order.kind = "returned";
    order.amount = 1;
    order.registration = registration.sequence;
    order.asked_at = server_.now();
    const std::size_t number = recorder_.note_order(std::move(order));
    const bool is_taken = node.submit(
        [this, &node, number, registration, reason = recorder_.seen().orders[number].reason] {
            recorder_.note_taken_back(
                number, node.coupons().take_back({domain::CouponId{registration.coupon},
                                                  domain::Sequence{registration.sequence}},
                                                 reason));
        });
    if (!is_taken) recorder_.seen().orders[number].is_lost = true;
}

void Workload::patch(Node& node) {
    domain::CouponPatch patch;
    const base::Instant now = node.clock().now();
    switch (random_.between(0, 3)) {
        case 0: patch.name = fmt::format("name {}", random_.between(1, 1'000)); break;
        case 1: patch.from = now + microseconds(random_.between(-500'000, 500'000)); break;
        case 2: patch.to = now + microseconds(random_.between(-100'000, 2'000'000)); break;
        default:  // Wide open again.
            patch.from = now - 48h;
            patch.to = now + 48h;
            break;
    }
    static_cast<void>(node.submit([&node, patch, coupon = any_coupon()] {
        static_cast<void>(node.coupons().patch(domain::CouponId{coupon}, patch).is_ok());
    }));
}

void Workload::look(Node& node) {
    static_cast<void>(
        node.submit([this, &node, user = fmt::format("u{}", random_.between(1, plan_.users))] {
            list(server_, node.coupons(), user);
        }));
    static_cast<void>(node.submit([this, &node, coupon = any_coupon()] {
        Look look{.coupon = coupon, .asked_at = server_.now()};
        const auto page =
            node.coupons().live_events(domain::CouponId{coupon}, domain::Sequence{0}, 100'000);
        if (!page) return;
        for (const domain::CouponInventory& event : page->rows) {
            look.stock += event.amount;
            look.head = event.sequence.value;
        }
        look.answered_at = server_.now();
        recorder_.seen().looks.push_back(look);
    }));
}

// On two nodes at once, now and then.
void Workload::fold_again(Time end) {
    server_.conductor().after(random_.between(0, 2 * plan_.fold_interval), world, [this, end] {
        if (server_.now() > end) return;
        for (std::int64_t i = random_.between(1, 2); i > 0; --i) {
            Node* const node = machines_.any_node();
            if (node == nullptr) continue;
            const base::Instant until =
                node->clock().now() - microseconds(random_.between(0, 4'000'000));
            static_cast<void>(node->submit([node, until] {
                static_cast<void>(node->compactions()
                                      .request(until, repository::CompactionTrigger::operators)
                                      .is_ok());
            }));
        }
        fold_again(end);
    });
}

std::int64_t Workload::any_coupon() {
    return static_cast<std::int64_t>(random_.zipf(server_.rows().coupons.size())) + 1;
}

int Workload::any_machine() {
    return static_cast<int>(random_.between(0, machines_.count() - 1));
}

domain::CouponCreate Workload::draw_coupon(const Node& node, std::int64_t stock) {
    const base::Instant now = node.clock().now();
    domain::CouponCreate create{.name = "a coupon",
                                .description = {},
                                .from = now - 48h,
                                .to = now + 48h,
                                .limit_per_user = random_.between(1, 3),
                                .stock = stock};
    if (random_.happens(200'000)) {
        create.from = now + microseconds(random_.between(0, plan_.duration / 2));
    }
    if (random_.happens(150'000)) {
        create.to = create.from + microseconds(random_.between(0, plan_.duration));
    }
    return create;
}

}  // namespace dibs::simulation
