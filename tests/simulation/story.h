#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulation/rows.h"

namespace dibs::simulation {

/// What was true of one coupon at which moment, as its rows tell it, added up anew: the auditor's
/// own model. It believes no sum that a row carries. The rows must outlive it.
class Story {
public:
    explicit Story(const CouponRows& rows);

    [[nodiscard]] const CouponRows& rows() const { return rows_; }

    /// The stock after so many events.
    [[nodiscard]] std::int64_t stock_after(std::size_t place) const { return stock_[place]; }
    /// How many were issued in so many events.
    [[nodiscard]] std::int64_t issued_after(std::size_t place) const { return issued_[place]; }

    /// The first place of the stream, counted in events, that was its head at some moment from
    /// `from` to `to` and `is_wanted`; -1 if none was.
    [[nodiscard]] std::int64_t first_place(
        Time from, Time to, const std::function<bool(std::int64_t stock)>& is_wanted) const;
    /// Whether so many events were all there were, at some moment from `from` to `to`.
    [[nodiscard]] bool was_head(std::int64_t place, Time from, Time to) const;

    /// Whether terms that were in force at some moment from `from` to `to` are wanted.
    [[nodiscard]] bool had_terms(Time from, Time to,
                                 const std::function<bool(const TermsRow& terms)>& is_wanted) const;
    /// The terms that were in force for an event.
    [[nodiscard]] const TermsRow& terms_for(std::int64_t sequence) const;

    /// What a user held, again and again from `from` to `to`: the sequences that were active at
    /// each moment at which that was something else.
    [[nodiscard]] std::vector<std::vector<std::int64_t>> held_between(const std::string& user,
                                                                      Time from, Time to) const;
    /// The registration of a user's key; null if there is none.
    [[nodiscard]] const RegisteredRow* find_key(const std::string& user,
                                                const std::string& key) const;
    [[nodiscard]] const RegisteredRow* find(std::int64_t sequence) const;

private:
    [[nodiscard]] Time begins(std::size_t place) const;
    [[nodiscard]] Time ends(std::size_t place) const;
    [[nodiscard]] std::size_t first_ending_at_or_after(Time from) const;

    const CouponRows& rows_;
    std::vector<std::int64_t> stock_{0};
    std::vector<std::int64_t> issued_{0};
    std::map<std::int64_t, const RegisteredRow*> by_sequence_;
    std::map<std::string, std::vector<const RegisteredRow*>> by_user_;
};

}  // namespace dibs::simulation
