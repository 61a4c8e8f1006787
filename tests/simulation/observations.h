#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/trace.h"

// What somebody saw who stood outside: who asked what and when, what they were told and when. The
// auditor holds it against the rows.

namespace dibs::simulation {

/// A registered coupon, as an answer showed it.
struct HeldSeen {
    std::int64_t coupon = 0;
    std::int64_t sequence = 0;
    std::string user;
    std::int64_t nth = 0;
    std::int64_t rank = 0;
    std::string key;
    std::int64_t registered_at = 0;
};

/// A coupon's terms, as an answer showed them.
struct TermsSeen {
    std::string name;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t limit = 0;

    bool operator==(const TermsSeen&) const = default;
};

/// One who asked for a coupon.
struct Asked {
    std::size_t number = 0;  ///< Also the order in which they came to their node.
    int node = 0;
    std::int64_t coupon = 0;
    std::string user;
    std::string key;              ///< Empty if none.
    std::int64_t arrived_at = 0;  ///< By the node's clock.
    Time asked_at = 0;
    Time deadline = 0;
    int attempt = 0;       ///< How often the same was asked before.
    bool is_lost = false;  ///< Its node died before it answered.

    bool is_answered = false;
    bool is_failure = false;
    bool is_at_once = false;  ///< The answer was known without a place in the line.
    Time answered_at = 0;
    std::string answer;  ///< The outcome's name, or the failure's.
    std::vector<HeldSeen> held;
    std::optional<TermsSeen> terms;
};

/// An operator's change of a stock.
struct StockOrder {
    std::size_t number = 0;
    int node = 0;
    std::int64_t coupon = 0;
    std::string kind;  ///< stocked, adjusted, returned
    std::int64_t amount = 0;
    std::int64_t registration = 0;  ///< Of what is to be returned: its sequence.
    std::string reason;             ///< Of each order another one.
    Time asked_at = 0;
    bool is_lost = false;

    bool is_answered = false;
    bool is_failure = false;
    Time answered_at = 0;
    std::string answer;
    std::int64_t sequence = 0;  ///< Of the event, where one was appended.
};

/// The live events of a coupon, added up by somebody who read them.
struct Look {
    std::int64_t coupon = 0;
    Time asked_at = 0;
    Time answered_at = 0;
    std::int64_t stock = 0;
    std::int64_t head = 0;
};

/// A time in which a node stood still.
struct Standstill {
    int node = 0;
    Time from = 0;
    Time to = 0;
};

struct Observations {
    std::vector<Asked> asked;
    std::vector<StockOrder> orders;
    std::vector<Look> looks;
    std::vector<Standstill> standstills;
    std::set<std::string> refused;    ///< Users whom a guard of the store says no to.
    bool may_refuse_anybody = false;  ///< Locks were lost, so keys may be taken.
    bool may_doubt = false;           ///< Answers to commits were lost.
    bool may_corrupt = false;         ///< Coupons were made to contradict themselves.
    std::vector<Time> blind;          ///< When a look for first terms failed.
    Time calm_from = 0;               ///< From here on nothing went wrong any more.
    std::int64_t folded_until = 0;    ///< What was created before was to be folded in the end.
};

}  // namespace dibs::simulation
