#include "repository/sharded_coupon_repository.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "repository/merged_pages.h"

namespace dibs::repository {

using base::Failure;
using base::Instant;
using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::RegisteredCouponCreate;
using domain::Sequence;

namespace {

/// Books of which it is known whose they are once a coupon is named.
class ShardedBooks final : public Books {
public:
    ShardedBooks(const ShardMap& map, const std::vector<PostgresCouponRepository*>& owners,
                 const std::function<void()>& wrote)
        : map_(map), owners_(owners), wrote_(wrote) {}

    Result<OpenCoupon> open(CouponId coupon_id,
                            std::span<const domain::UserId* const> users) override {
        if (auto found = find_books_of(coupon_id); !found) return found.failure();
        return books_->open(coupon_id, users);
    }

    Result<void> append(std::span<const RegisteredCouponCreate> creates) override {
        if (creates.empty()) return {};
        if (auto found = find_books_of(creates.front().coupon_id); !found) return found.failure();
        has_appended_ = true;
        return books_->append(creates);
    }

    Result<void> commit() override {
        if (!books_) return {};  // Nothing was looked at, nothing is to be written.
        auto done = books_->commit();
        if (done && has_appended_) wrote_();
        return done;
    }

private:
    Result<void> find_books_of(CouponId coupon_id) {
        if (books_) return {};
        auto books = owners_[map_.place_of(coupon_id)]->open_books();
        if (!books) return books.failure();
        books_ = *std::move(books);
        return {};
    }

    const ShardMap& map_;
    const std::vector<PostgresCouponRepository*>& owners_;
    const std::function<void()>& wrote_;
    std::unique_ptr<Books> books_;
    bool has_appended_ = false;
};

bool has_smaller_id(const Coupon& first, const Coupon& second) {
    return first.terms().id < second.terms().id;
}

bool opens_before(const Coupon& first, const Coupon& second) {
    return std::tie(first.terms().from, first.terms().id) <
           std::tie(second.terms().from, second.terms().id);
}

}  // namespace

Result<std::unique_ptr<Books>> ShardedCouponRepository::open_books() {
    return std::unique_ptr<Books>(std::make_unique<ShardedBooks>(map_, owners_, wrote_));
}

// The next id of all, which says whose the coupon is: so the servers take turns. Where one can't be
// asked the others go on without it, with ids that lie with them, and no two ever take the same,
// since an id is made by its owner alone.
Result<Coupon> ShardedCouponRepository::create(const domain::CouponCreate& create, Instant now) {
    CouponId newest;
    std::vector<bool> answers(owners_.size());
    std::optional<Failure> failure;
    for (std::size_t place = 0; place < owners_.size(); ++place) {
        const auto of_owner = owners_[place]->newest_id();
        if (of_owner) {
            newest = std::max(newest, *of_owner);
            answers[place] = true;
        } else {
            failure = of_owner.failure();
        }
    }
    for (std::int64_t step = 1; std::cmp_less_equal(step, owners_.size()); ++step) {
        const std::size_t place = map_.place_of(CouponId{newest.value + step});
        if (answers[place]) return owners_[place]->create_beyond(newest, create, now);
    }
    return *failure;
}

Result<std::optional<Coupon>> ShardedCouponRepository::patch(
    CouponId coupon_id, const domain::CouponPatch& patch,
    const std::function<Result<void>(const domain::CouponTerms&)>& check, Instant now) {
    auto patched = owner_of(coupon_id).patch(coupon_id, patch, check, now);
    wrote_();
    return patched;
}

Result<StockChange> ShardedCouponRepository::change_stock(CouponId coupon_id,
                                                          domain::InventoryKind kind,
                                                          std::int64_t amount,
                                                          const std::string& reason, Instant now) {
    return owner_of(coupon_id).change_stock(coupon_id, kind, amount, reason, now);
}

Result<TakeBack> ShardedCouponRepository::take_back(domain::RegistrationId id,
                                                    const std::string& reason, Instant now) {
    auto taken = owner_of(id.coupon_id).take_back(id, reason, now);
    wrote_();
    return taken;
}

Result<std::optional<Coupon>> ShardedCouponRepository::find(CouponId coupon_id) {
    return owner_of(coupon_id).find(coupon_id);
}

Result<Page<Coupon>> ShardedCouponRepository::list(CouponId after, std::size_t count_max) {
    std::vector<Page<Coupon>> pages;
    for (PostgresCouponRepository* const owner : owners_) {
        auto page = owner->list(after, count_max);
        if (!page) return page.failure();
        pages.push_back(*std::move(page));
    }
    return merge_pages(std::move(pages), count_max, has_smaller_id);
}

Result<Page<Coupon>> ShardedCouponRepository::list_open(Instant now,
                                                        std::optional<OpeningPlace> after,
                                                        std::size_t count_max) {
    std::vector<Page<Coupon>> pages;
    for (PostgresCouponRepository* const owner : owners_) {
        auto page = owner->list_open(now, after, count_max);
        if (!page) return page.failure();
        pages.push_back(*std::move(page));
    }
    return merge_pages(std::move(pages), count_max, opens_before);
}

Result<std::shared_ptr<const domain::CouponTerms>> ShardedCouponRepository::terms_at(
    CouponId coupon_id, Sequence sequence) {
    return owner_of(coupon_id).terms_at(coupon_id, sequence);
}

std::vector<Result<Listing>> ShardedCouponRepository::list_registered(
    std::span<const ListingQuery> queries) {
    return listing_.list(queries);
}

Result<std::optional<RegisteredWithTerms>> ShardedCouponRepository::find_registered(
    const domain::UserId& user, domain::RegistrationId id) {
    return owner_of(id.coupon_id).find_registered(user, id);
}

Result<Page<domain::CouponInventory>> ShardedCouponRepository::live_events(CouponId coupon_id,
                                                                           Sequence after,
                                                                           std::size_t count_max) {
    return owner_of(coupon_id).live_events(coupon_id, after, count_max);
}

Result<Page<domain::CouponInventoryHistory>> ShardedCouponRepository::history(
    CouponId coupon_id, Instant from, Instant to, Sequence after, std::size_t count_max) {
    return owner_of(coupon_id).history(coupon_id, from, to, after, count_max);
}

Result<domain::Balance> ShardedCouponRepository::balance_at(CouponId coupon_id, Instant at) {
    return owner_of(coupon_id).balance_at(coupon_id, at);
}

Result<Page<domain::RegisteredCoupon>> ShardedCouponRepository::registrations(
    CouponId coupon_id, Sequence after, std::size_t count_max) {
    return owner_of(coupon_id).registrations(coupon_id, after, count_max);
}

}  // namespace dibs::repository
