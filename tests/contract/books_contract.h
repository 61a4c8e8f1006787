#pragma once

#include "contract/store_contract.h"

namespace dibs::contract {

/// What `CouponRepository::open_books` and `Books` promise.
class BooksContract : public StoreContract {};

}  // namespace dibs::contract
