#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dibs::base {

/// Why something that should have worked did not. A failure is nobody's answer to a rule (that is
/// an outcome) and no bug of ours (that is `ensure`): the world did not play along.
enum class FailureKind : std::uint8_t {
    unavailable,  ///< The store, file or peer cannot be reached or refuses now. Nothing was
                  ///< written.
    overloaded,   ///< A bounded place is full. Nothing was begun.
    expired,      ///< The deadline passed before the work began. Nothing was written.
    stopping,     ///< The service is on its way out and takes no more work. Nothing was written.
    in_doubt,     ///< The work may or may not have become durable; only looking can tell.
    refused,      ///< A guard of the store said no (a key or a CHECK). Nothing was written.
    conflict,     ///< Somebody else was there first. Nothing was written; doing it again from the
                  ///< start may succeed.
    corrupted,    ///< What was read contradicts itself. Nothing was written on top of it.
    invalid,      ///< What was asked for makes no sense: bad configuration, bad file, bad argument.
};

/// The kind's name as logs, metrics and tests spell it.
[[nodiscard]] std::string_view name_of(FailureKind kind);

/// A failure and the sentence that tells a person what happened.
struct Failure {
    FailureKind kind;
    std::string what;
};

/// A failure whose kind is `invalid`.
[[nodiscard]] Failure invalid(std::string what);

}  // namespace dibs::base
