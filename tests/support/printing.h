#pragma once

#include <ostream>

#include "base/failure.h"
#include "domain/coupon.h"
#include "domain/coupon_inventory.h"
#include "domain/ids.h"
#include "domain/issue_outcome.h"
#include "domain/registered_coupon.h"
#include "repository/compaction_repository.h"
#include "repository/coupon_repository.h"

// How GoogleTest shows the project's values when an expectation is not met. Found by their
// namespaces; include it and forget it.

namespace dibs::base {
void PrintTo(FailureKind kind, std::ostream* out);
}  // namespace dibs::base

namespace dibs::domain {
void PrintTo(const CouponId& id, std::ostream* out);
void PrintTo(const Sequence& sequence, std::ostream* out);
void PrintTo(const UserId& user, std::ostream* out);
void PrintTo(const Balance& balance, std::ostream* out);
void PrintTo(IssueOutcome outcome, std::ostream* out);
void PrintTo(InventoryKind kind, std::ostream* out);
void PrintTo(const CouponTerms& terms, std::ostream* out);
void PrintTo(const CouponInventory& event, std::ostream* out);
void PrintTo(const RegisteredCoupon& registered, std::ostream* out);
}  // namespace dibs::domain

namespace dibs::repository {
void PrintTo(StockChange::Outcome outcome, std::ostream* out);
void PrintTo(TakeBack::Outcome outcome, std::ostream* out);
}  // namespace dibs::repository
