#pragma once

#include "contract/store_contract.h"

// The suites of promises, one per subject. Each one's tests stand in the .cc that bears its name.

namespace dibs::contract {

/// What `CouponRepository::open_books` and `Books` promise.
class BooksContract : public StoreContract {};

/// What is promised of coupons and their terms: create, find, list, patch, terms_at.
class CouponsContract : public StoreContract {};

/// What is promised of a stream: change_stock, take_back, live_events, history, balance_at.
class StockContract : public StoreContract {};

/// What is promised to whoever looks for registered coupons: a user, an operator.
class RegistrationsContract : public StoreContract {
protected:
    /// Five registrations of alice, in the order in which they were made: three that tie at noon,
    /// over two coupons, a later one, and one that is earlier although it was made last. Before
    /// each, bob gets one, too.
    std::vector<domain::RegistrationId> register_alice();
};

// choice: an hour after all that the tests of folding do.
inline constexpr base::Instant period_end = test::noon + std::chrono::hours(1);

/// What `CompactionRepository` promises of its runs and their points.
class CompactionContract : public StoreContract {};

/// What it promises of folding: portions, replace, finish.
class FoldingContract : public StoreContract {
protected:
    /// Claims a run and writes down every point that the store has before `until`.
    std::int64_t freeze_all(base::Instant until);
};

/// What holds of a whole compaction, wherever it is cut short and whatever goes on beside it.
class CompactionRunContract : public StoreContract {};

/// What `AuditSnapshot` and `Store` itself promise.
class AuditContract : public StoreContract {};

}  // namespace dibs::contract
