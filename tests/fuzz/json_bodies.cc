// Goal: no body of the operators' API is read as something that the rules would not have, and what
// is wrong with it is told by field. Method: every reader of a body is given the same text; what
// one of them lets pass is held against the rules, written down as the API writes it, and read
// again.

#include "base/instant.h"
#include "controller/wire_format.h"
#include "fuzz/fuzzing.h"
#include "identity/strict_json.h"

namespace {

using dibs::fuzz::require;

template <typename T>
bool is_read(const dibs::controller::Read<T>& read) {
    if (read) return true;
    require(!read.error().field.empty(), "a refusal names a field");
    require(!read.error().expected.empty(), "a refusal says what was expected");
    return false;
}

void read_create(std::string_view body) {
    const auto create = dibs::controller::read_coupon_create(body);
    if (!is_read(create) || dibs::domain::find_invalid(*create)) return;
    require(create->from <= create->to, "a window that is valid opens before it closes");
    require(create->limit_per_user > 0 && create->stock >= 0, "amounts are what they can be");
    const dibs::domain::Coupon coupon(
        std::make_shared<const dibs::domain::CouponTerms>(
            dibs::domain::CouponTerms{.id = {1},
                                      .name = create->name,
                                      .description = create->description,
                                      .from = create->from,
                                      .to = create->to,
                                      .limit_per_user = create->limit_per_user,
                                      .created_at = create->from}),
        dibs::domain::Balance{});
    const std::string written = dibs::controller::write_coupon(coupon);
    require(dibs::identity::parse_strict_object(written).has_value(), "what is written is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = dibs::fuzz::text_of(data, size);
    read_create(body);
    static_cast<void>(is_read(dibs::controller::read_coupon_patch(body)));
    if (const auto change = dibs::controller::read_stock_change(body); is_read(change)) {
        require(change->amount != 0, "a change changes something");
    }
    static_cast<void>(is_read(dibs::controller::read_reason(body)));
    if (const auto until = dibs::controller::read_until(body); is_read(until) && *until) {
        require(
            **until >= dibs::base::earliest_instant() && **until <= dibs::base::latest_instant(),
            "a time can be spelled");
    }
    return 0;
}
