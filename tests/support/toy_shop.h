#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "rehearsal/answer_body.h"
#include "support/toy_server.h"

namespace dibs::support {

/// A shop that issues one coupon from memory, right by itself and wrong where a test wants it
/// wrong. The user is the header `X-User-Id`. `answer` runs on the toy server's thread; the rest
/// may be called from any.
class ToyShop {
public:
    /// What is wrong with the shop.
    enum class Fault : std::uint8_t {
        none,
        sells_one_too_many,    ///< The stock counts as one larger.
        forgets_one,           ///< The first registration is not in the books afterwards.
        gives_a_rank_twice,    ///< The third gets the second's rank.
        forgets_who_holds,     ///< Users who hold the coupon get another.
        replays_another_rank,  ///< The first answer to a key is repeated with a different rank.
    };

    ToyShop(std::int64_t coupon_id, std::int64_t stock, Fault fault = Fault::none)
        : coupon_id_(coupon_id), stock_(stock), fault_(fault) {}

    [[nodiscard]] ToyAnswer answer(std::string_view head);

    /// The books, as the operators' listing has them.
    [[nodiscard]] std::vector<rehearsal::ListedRegistration> registrations() const;
    /// A user's own listing.
    [[nodiscard]] std::vector<rehearsal::ListedRegistration> registrations_of(
        std::string_view user) const;
    [[nodiscard]] rehearsal::StockBody stock() const;

private:
    struct Books {
        std::vector<rehearsal::ListedRegistration> registrations;
        std::map<std::pair<std::string, std::string>, std::string> body_of_key;
        std::set<std::string> holders;
    };

    [[nodiscard]] ToyAnswer answer_in(Books& books, const std::string& user,
                                      const std::string& key) const;
    [[nodiscard]] std::string register_in(Books& books, const std::string& user) const;

    const std::int64_t coupon_id_;
    const std::int64_t stock_;
    const Fault fault_;
    base::Guarded<Books> books_;
};

/// The value of a header field in a request's head, as it is spelled there; empty if absent.
[[nodiscard]] std::string toy_field(std::string_view head, std::string_view name);

}  // namespace dibs::support
