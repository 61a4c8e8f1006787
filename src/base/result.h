#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/ensure.h"
#include "base/failure.h"

namespace dibs::base {

/// A value, or the `Failure` that stands in its place.
///
/// It is `std::expected` behind a type of our own, because g++ 12 marks neither `std::expected` nor
/// an alias of it `[[nodiscard]]`: a dropped failure would compile. Reading the value of a failure,
/// or the failure of a value, is a bug and stops the process.
template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : held_(std::move(value)) {}
    Result(Failure failure) : held_(std::unexpected(std::move(failure))) {}

    [[nodiscard]] bool is_ok() const { return held_.has_value(); }
    [[nodiscard]] explicit operator bool() const { return is_ok(); }

    [[nodiscard]] T& value() & {
        ensure(is_ok(), "a Result is read as a value only when it holds one");
        return *held_;
    }
    [[nodiscard]] const T& value() const& {
        ensure(is_ok(), "a Result is read as a value only when it holds one");
        return *held_;
    }
    [[nodiscard]] T&& value() && {
        ensure(is_ok(), "a Result is read as a value only when it holds one");
        return std::move(*held_);
    }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    [[nodiscard]] const Failure& failure() const {
        ensure(!is_ok(), "a Result is read as a failure only when it holds one");
        return held_.error();
    }

private:
    std::expected<T, Failure> held_;
};

/// Done, or the `Failure` that kept it from being done.
template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Failure failure) : held_(std::unexpected(std::move(failure))) {}

    [[nodiscard]] bool is_ok() const { return held_.has_value(); }
    [[nodiscard]] explicit operator bool() const { return is_ok(); }

    [[nodiscard]] const Failure& failure() const {
        ensure(!is_ok(), "a Result is read as a failure only when it holds one");
        return held_.error();
    }

private:
    std::expected<void, Failure> held_;
};

}  // namespace dibs::base
