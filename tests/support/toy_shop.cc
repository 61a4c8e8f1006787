#include "support/toy_shop.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/instant.h"

namespace dibs::support {

namespace {

std::string body_of(const rehearsal::RegistrationBody& registration) {
    return fmt::format(
        R"({{"id":"{}","couponId":{},"rank":{},"registeredAt":"{}","status":"active",)"
        R"("coupon":{{"id":{},"name":"Toy","from":"2026-01-01T00:00:00Z",)"
        R"("to":"2027-01-01T00:00:00Z"}}}})",
        registration.id, registration.coupon_id, registration.rank,
        base::to_rfc3339(registration.registered_at), registration.coupon_id);
}

ToyAnswer problem(std::string_view status_line, std::string_view code) {
    return {toy_response(status_line,
                         fmt::format(R"({{"type":"/problems/{}","status":{},"code":"{}"}})", code,
                                     status_line.substr(0, 3), code))};
}

}  // namespace

std::string toy_field(std::string_view head, std::string_view name) {
    const std::string line = fmt::format("\r\n{}: ", name);
    const std::size_t at = head.find(line);
    if (at == std::string_view::npos) return {};
    const std::size_t begin = at + line.size();
    return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

ToyAnswer ToyShop::answer(std::string_view head) {
    const std::string user = toy_field(head, "X-User-Id");
    const std::string key = toy_field(head, "Idempotency-Key");
    if (user.empty()) return problem("401 Unauthorized", "unauthenticated");
    if (!head.starts_with(fmt::format("POST /api/v1/coupons/{}/me ", coupon_id_))) {
        return problem("404 Not Found", "coupon-not-found");
    }
    return books_.with([&](Books& books) { return answer_in(books, user, key); });
}

ToyAnswer ToyShop::answer_in(Books& books, const std::string& user, const std::string& key) const {
    const auto first = books.body_of_key.find({user, key});
    if (!key.empty() && first != books.body_of_key.end()) {
        std::string body = first->second;
        const std::size_t rank = body.find("\"rank\":");
        if (fault_ == Fault::replays_another_rank) body.insert(rank + 7, 1, '9');
        return {toy_response("201 Created", body, "Idempotent-Replayed: true\r\n")};
    }
    if (fault_ != Fault::forgets_who_holds && books.holders.contains(user)) {
        return problem("409 Conflict", "coupon-already-registered");
    }
    const std::int64_t sold = std::ssize(books.registrations);
    if (sold >= stock_ + (fault_ == Fault::sells_one_too_many ? 1 : 0)) {
        return problem("400 Bad Request", "coupon-sold-out");
    }
    const std::string body = register_in(books, user);
    if (!key.empty()) books.body_of_key[{user, key}] = body;
    return {toy_response("201 Created", body)};
}

std::string ToyShop::register_in(Books& books, const std::string& user) const {
    const std::int64_t sold = std::ssize(books.registrations);
    const bool repeats_rank = fault_ == Fault::gives_a_rank_twice && sold == 2;
    // The stream begins with the event that stocked the coupon.
    const rehearsal::RegistrationBody registration{fmt::format("{}-{}", coupon_id_, sold + 2),
                                                   coupon_id_, repeats_rank ? sold : sold + 1,
                                                   base::SystemClock().now()};
    books.holders.insert(user);
    books.registrations.push_back({user, registration});
    return body_of(registration);
}

std::vector<rehearsal::ListedRegistration> ToyShop::registrations() const {
    auto all = books_.with([](const Books& books) { return books.registrations; });
    if (fault_ == Fault::forgets_one && !all.empty()) all.erase(all.begin());
    return all;
}

std::vector<rehearsal::ListedRegistration> ToyShop::registrations_of(std::string_view user) const {
    auto held = registrations();
    std::erase_if(held, [&](const auto& item) { return item.user != user; });
    return held;
}

rehearsal::StockBody ToyShop::stock() const {
    const std::int64_t sold =
        books_.with([](const Books& books) { return std::ssize(books.registrations); });
    return {stock_ - sold, sold};
}

}  // namespace dibs::support
