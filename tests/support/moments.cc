#include "support/moments.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/ensure.h"

namespace dibs::test {

domain::UserId user(std::string_view name) {
    auto parsed = domain::UserId::parse(name);
    base::ensure(parsed.has_value(), "a test's user is one");
    return *std::move(parsed);
}

domain::IdempotencyKey key(std::string_view text) {
    auto parsed = domain::IdempotencyKey::parse(text);
    base::ensure(parsed.has_value(), "a test's idempotency key is one");
    return *std::move(parsed);
}

void stop_test(const base::Failure& failure) {
    throw std::runtime_error(
        fmt::format("this had to work: {} ({})", failure.what, name_of(failure.kind)));
}

}  // namespace dibs::test
