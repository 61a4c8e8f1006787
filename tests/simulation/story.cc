#include "simulation/story.h"

#include <algorithm>
#include <limits>
#include <set>

namespace dibs::simulation {

Story::Story(const CouponRows& rows) : rows_(rows) {
    for (const EventRow& row : rows.history) {
        stock_.push_back(stock_.back() + row.amount);
        issued_.push_back(issued_.back() + (row.kind == "issued" ? 1 : 0));
    }
    for (const RegisteredRow& row : rows.registered) {
        by_sequence_[row.sequence] = &row;
        by_user_[row.user].push_back(&row);
    }
}

std::int64_t Story::first_place(Time from, Time to,
                                const std::function<bool(std::int64_t)>& is_wanted) const {
    for (std::size_t place = first_ending_at_or_after(from);
         place < stock_.size() && begins(place) <= to; ++place) {
        if (is_wanted(stock_[place])) return static_cast<std::int64_t>(place);
    }
    return -1;
}

bool Story::was_head(std::int64_t place, Time from, Time to) const {
    if (place < 0 || place >= static_cast<std::int64_t>(stock_.size())) return false;
    const auto at = static_cast<std::size_t>(place);
    return begins(at) <= to && ends(at) >= from;
}

bool Story::had_terms(Time from, Time to,
                      const std::function<bool(const TermsRow&)>& is_wanted) const {
    for (std::size_t i = 0; i < rows_.terms.size(); ++i) {
        const bool is_last = i + 1 == rows_.terms.size();
        const Time end = is_last ? std::numeric_limits<Time>::max() : rows_.terms[i + 1].written_at;
        if (rows_.terms[i].written_at <= to && end >= from && is_wanted(rows_.terms[i]))
            return true;
    }
    return false;
}

const TermsRow& Story::terms_for(std::int64_t sequence) const {
    const TermsRow* in_force = &rows_.terms.front();
    for (const TermsRow& row : rows_.terms) {
        if (row.after < sequence) in_force = &row;
    }
    return *in_force;
}

std::vector<std::vector<std::int64_t>> Story::held_between(const std::string& user, Time from,
                                                           Time to) const {
    const auto found = by_user_.find(user);
    if (found == by_user_.end()) return {{}};
    std::set<Time> moments{from - 1, from};
    for (const RegisteredRow* const row : found->second) {
        if (row->written_at >= from && row->written_at <= to) moments.insert(row->written_at);
        if (row->is_returned && row->returned_at >= from && row->returned_at <= to) {
            moments.insert(row->returned_at);
        }
    }
    std::vector<std::vector<std::int64_t>> all;
    for (const Time moment : moments) {
        std::vector<std::int64_t>& held = all.emplace_back();
        for (const RegisteredRow* const row : found->second) {
            const bool is_active =
                row->written_at <= moment && (!row->is_returned || row->returned_at > moment);
            if (is_active) held.push_back(row->sequence);
        }
    }
    return all;
}

const RegisteredRow* Story::find_key(const std::string& user, const std::string& key) const {
    const auto found = by_user_.find(user);
    if (found == by_user_.end() || key.empty()) return nullptr;
    const auto row = std::ranges::find(found->second, key, &RegisteredRow::key);
    return row == found->second.end() ? nullptr : *row;
}

const RegisteredRow* Story::find(std::int64_t sequence) const {
    const auto found = by_sequence_.find(sequence);
    return found == by_sequence_.end() ? nullptr : found->second;
}

// A place of the stream is its head from its own event to the next one.

Time Story::begins(std::size_t place) const {
    return place == 0 ? std::numeric_limits<Time>::min() : rows_.history[place - 1].written_at;
}

Time Story::ends(std::size_t place) const {
    return place < rows_.history.size() ? rows_.history[place].written_at
                                        : std::numeric_limits<Time>::max();
}

std::size_t Story::first_ending_at_or_after(Time from) const {
    const auto next = std::ranges::lower_bound(rows_.history, from, {}, &EventRow::written_at);
    return static_cast<std::size_t>(next - rows_.history.begin());
}

}  // namespace dibs::simulation
