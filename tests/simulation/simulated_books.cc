#include "simulation/simulated_books.h"

#include <algorithm>
#include <set>
#include <utility>

#include "simulation/tables.h"

namespace dibs::simulation {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::RegisteredCouponCreate;

namespace {

/// Whether the keys allow all of them. Of one coupon, in order.
bool fits(CouponRows& rows, std::span<const RegisteredCouponCreate* const> creates) {
    auto head = static_cast<std::int64_t>(rows.history.size());
    std::set<std::pair<std::string, std::int64_t>> nths;
    for (const RegisteredCouponCreate* const create : creates) {
        if (create->sequence.value != ++head) return false;
        if (!nths.emplace(create->user_id.text(), create->nth).second) return false;
        for (const std::size_t place : rows.of_user[create->user_id.text()]) {
            if (rows.registered[place].nth == create->nth) return false;
        }
    }
    return true;
}

}  // namespace

Result<repository::OpenCoupon> SimulatedBooks::open(domain::CouponId coupon_id,
                                                    std::span<const domain::UserId* const> users) {
    if (auto passed = server_.pass("open"); !passed) return passed.failure();
    const FaultRates& faults = server_.faults();
    if (faults.happens(server_.random(), faults.corrupted)) {
        return Failure{FailureKind::corrupted, "simulated: a row contradicts itself"};
    }
    if (!session_) {
        session_ = std::make_unique<Session>(server_, node_);
        if (auto locked = session_->lock(coupon_id.value); !locked) return locked.failure();
        // The lock, and then the look: two statements.
        server_.conductor().sleep(server_.random().between(0, 100));
    }
    repository::OpenCoupon opened;
    CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return opened;
    opened.coupon = to_coupon(coupon_id.value, *rows);
    versions_[coupon_id.value] = rows->terms.size();
    for (const domain::UserId* const user : users) {
        const auto found = rows->of_user.find(user->text());
        if (found == rows->of_user.end()) continue;
        for (const std::size_t place : found->second) {
            opened.holdings.add(to_registered(rows->registered[place]));
        }
    }
    return opened;
}

Result<void> SimulatedBooks::append(std::span<const RegisteredCouponCreate> creates) {
    creates_.insert(creates_.end(), creates.begin(), creates.end());
    return {};
}

Result<void> SimulatedBooks::commit() {
    if (!session_) return {};
    return session_->commit(
        [&server = server_, node = node_, creates = std::move(creates_), versions = versions_] {
            return write(server, node, creates, versions);
        });
}

Result<void> SimulatedBooks::write(Server& server, const std::string& node, const Creates& creates,
                                   const Versions& versions) {
    std::map<std::int64_t, std::vector<const RegisteredCouponCreate*>> by_coupon;
    for (const RegisteredCouponCreate& create : creates) {
        if (server.faults().refused.contains(create.user_id.text())) {
            return Failure{FailureKind::refused, "simulated: a guard said no"};
        }
        by_coupon[create.coupon_id.value].push_back(&create);
    }
    for (const auto& [coupon, of_coupon] : by_coupon) {
        // The coupon's own row is what is locked. Changed since, it is a conflict on every engine.
        if (server.rows().find(coupon)->terms.size() != versions.at(coupon)) {
            return Failure{FailureKind::conflict, "simulated: the coupon was changed"};
        }
        if (fits(*server.rows().find(coupon), of_coupon)) continue;
        server.trace().note(server.now(), "append of {} to {} refused", node, coupon);
        return Failure{FailureKind::refused, "simulated: a key is taken"};
    }
    for (const RegisteredCouponCreate& create : creates) {
        CouponRows& rows = *server.rows().find(create.coupon_id.value);
        base::ensure(append_event(rows, to_row(to_issued_event(create), server.now())),
                     "what fits is the next event");
        base::ensure(append_registered(rows, create, server.now()), "what fits is a new one");
        server.trace().note(server.now(), "{} wrote {}-{} {}", node, create.coupon_id.value,
                            create.sequence.value, create.user_id.text());
    }
    return {};
}

}  // namespace dibs::simulation
