#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/user_names.h"

namespace dibs::rehearsal {

/// Every request that the crowd will send, numbered from 0, ready to be copied to a socket.
///
/// What differs from user to user is rendered when the plan is made (credentials may be costly), so
/// that sending costs three copies. It takes about as much memory as the users' credentials.
/// Immutable once made: any thread may call.
class RequestPlan {
public:
    /// `options` must have been validated. Asks for every user's identity, which can take a while.
    /// Fails: invalid (an identity that is not header lines).
    [[nodiscard]] static base::Result<RequestPlan> make(const CrowdOptions& options);

    /// How many requests there are; the largest number that there is if they have no end.
    [[nodiscard]] std::uint64_t request_count() const;

    /// Whose request this is.
    [[nodiscard]] std::uint32_t user_of(std::uint64_t number) const;

    /// Which coupon it asks for.
    [[nodiscard]] std::int64_t coupon_of(std::uint64_t number) const;

    /// Appends the request as it goes over the wire.
    void append_request(std::string& out, std::uint64_t number) const;

    /// The request's Idempotency-Key without its quotes; empty if it has none.
    [[nodiscard]] std::string key_of(std::uint64_t number) const;

    [[nodiscard]] const UserNames& users() const { return users_; }

private:
    explicit RequestPlan(const CrowdOptions& options);

    [[nodiscard]] std::uint32_t place_of(std::uint64_t number) const;
    [[nodiscard]] std::uint64_t repeat_of(std::uint64_t number) const;
    void append_key(std::string& out, std::uint64_t number) const;

    UserNames users_;
    std::uint32_t user_count_;
    std::uint64_t first_user_;
    std::uint32_t requests_per_user_;
    KeyUse key_use_;
    std::string key_prefix_;
    std::int64_t first_coupon_id_;
    std::vector<std::string> heads_;         ///< The request line and Host, for each coupon.
    std::string tail_;                       ///< The last header lines and the empty one.
    std::vector<std::uint32_t> order_;       ///< Who has which place; empty: each their own.
    std::string identities_;                 ///< Every user's header lines, in their places' order.
    std::vector<std::size_t> identity_end_;  ///< Where each place's end in `identities_`.
};

}  // namespace dibs::rehearsal
