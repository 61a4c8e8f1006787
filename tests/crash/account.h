#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crash/store_rows.h"

namespace dibs::crash {

/// What was found when a store was held against what its clients were told. All 0, or the promise
/// is broken.
struct Findings {
    std::int64_t lost = 0;       ///< Acknowledged and not there, or not as it was acknowledged.
    std::int64_t duplicate = 0;  ///< Beyond the limit, a place or a rank twice, a key in two ways.
    std::int64_t oversold = 0;   ///< Sums that don't hold: stock below zero, a gap, a wrong fold.
    std::int64_t stranger = 0;   ///< There, and its client was told that nothing was written.
    std::vector<std::string> what;  ///< The first of them, in words.

    [[nodiscard]] bool is_clean() const {
        return lost == 0 && duplicate == 0 && oversold == 0 && stranger == 0;
    }
    [[nodiscard]] std::string text() const;
    void add(std::int64_t Findings::*count, std::string words);
    Findings& operator+=(const Findings& other);
};

/// The answers that clients got, and what they allow and demand of the store. It knows no code of
/// the project: names, numbers and sums are all it has.
class Account {
public:
    using Coupon = std::int64_t;
    using Place = std::pair<Coupon, std::int64_t>;  ///< A coupon and a sequence.

    // What was acknowledged.
    void created(Coupon coupon, const std::string& name, std::int64_t limit);
    void renamed(Coupon coupon, const std::string& name) { names_[coupon] = {name}; }
    void issued(const HolderRow& holder);
    void stock_changed(Place place, const std::string& kind, std::int64_t amount);
    void returned(Place holder, Place event);

    // Whose fate nobody knows: it may be there, or not.
    void maybe_created(const std::string& name) { maybe_created_.insert(name); }
    void maybe_renamed(Coupon coupon, const std::string& name) { names_[coupon].insert(name); }
    void maybe_issued(Coupon coupon, const std::string& user) {
        maybe_issued_.insert({coupon, user});
    }
    void maybe_stock_changed(Coupon coupon, const std::string& kind, std::int64_t amount) {
        maybe_events_.insert({coupon, kind, amount});
    }
    void maybe_returned(Place holder) { maybe_returned_.insert(holder); }

    /// Holds the store against all of it. What was found of what may be there is demanded from now
    /// on: what was once seen must stay.
    [[nodiscard]] Findings check(const StoreRows& rows);

    [[nodiscard]] std::vector<Coupon> coupons() const;
    [[nodiscard]] const std::map<Place, HolderRow>& holders() const { return issued_; }
    [[nodiscard]] std::size_t acknowledged() const {
        return issued_.size() + events_.size() + names_.size();
    }

private:
    struct MaybeEvent {
        Coupon coupon;
        std::string kind;
        std::int64_t amount;
        auto operator<=>(const MaybeEvent&) const = default;
    };

    void check_coupons(const StoreRows& rows, Findings& findings);
    void check_holders(const StoreRows& rows, Findings& findings);
    void check_events(const StoreRows& rows, Findings& findings);

    std::map<Coupon, std::set<std::string>> names_;  // More than one: an edit is in doubt.
    std::map<Coupon, std::int64_t> limits_;
    std::map<Place, HolderRow> issued_;
    std::map<Place, std::pair<std::string, std::int64_t>> events_;  // Kind and amount.
    std::set<Place> returned_;

    std::set<std::string> maybe_created_;
    std::set<std::pair<Coupon, std::string>> maybe_issued_;
    std::set<MaybeEvent> maybe_events_;
    std::set<Place> maybe_returned_;
};

}  // namespace dibs::crash
