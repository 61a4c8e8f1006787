#include "rivals/rocksdb_rows.h"

#include <cstdint>
#include <optional>
#include <utility>

// Numbers in a row take as many bytes as they need, seven bits in each (LEB128); texts have their
// length before them. A text that may be missing has its length plus one, and 0 where it is.

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::InventoryKind;
using domain::RegisteredCoupon;
using domain::Sequence;

namespace {

constexpr std::size_t key_number_bytes = 8;
// Ends the user's name in a key; no name holds it, and it sorts before all that a name holds.
constexpr char end_of_name = '\0';

void append_key_number(std::string& out, std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

void append_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out.push_back(static_cast<char>(number | 0x80));
        number >>= 7;
    }
    out.push_back(static_cast<char>(number));
}

void append_number(std::string& out, std::int64_t number) {
    append_number(out, static_cast<std::uint64_t>(number));
}

/// -1 becomes 1 and 1 becomes 2: small numbers are short on both sides of zero.
void append_signed(std::string& out, std::int64_t number) {
    append_number(
        out, (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63));
}

void append_row_text(std::string& out, std::string_view text) {
    append_number(out, text.size());
    out.append(text);
}

template <typename Text>
void append_optional_text(std::string& out, const std::optional<Text>& text) {
    append_number(out, text ? text->text().size() + 1 : 0);
    if (text) out.append(text->text());
}

/// Takes a row apart from its front. What isn't there reads as nothing, and `is_whole` says so.
class RowReader {
public:
    explicit RowReader(std::string_view bytes) : left_(bytes) {}

    std::uint64_t number() {
        std::uint64_t read = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::string_view byte = take(1);
            if (byte.empty()) return 0;
            read |= (static_cast<std::uint64_t>(byte[0]) & 0x7F) << shift;
            if ((static_cast<unsigned char>(byte[0]) & 0x80) == 0) return read;
        }
        is_short_ = true;
        return 0;
    }
    std::int64_t integer() { return static_cast<std::int64_t>(number()); }
    std::int64_t signed_integer() {
        const std::uint64_t read = number();
        return static_cast<std::int64_t>((read >> 1) ^ (~(read & 1) + 1));
    }
    base::Instant instant() { return base::from_microseconds(integer()); }
    std::string_view text() { return take(number()); }
    /// Nothing where it is missing; nothing, and not whole, where it is no such text.
    template <typename Text>
    std::optional<Text> optional_text() {
        const std::uint64_t size = number();
        if (size == 0) return std::nullopt;
        auto read = Text::parse(take(size - 1));
        is_short_ = is_short_ || !read;
        return read;
    }
    std::int64_t key_number() {
        std::uint64_t read = 0;
        for (const char byte : take(key_number_bytes)) {
            read = read << 8 | static_cast<unsigned char>(byte);
        }
        return static_cast<std::int64_t>(read);
    }
    std::string_view name_in_key() {
        const std::size_t end = left_.find(end_of_name);
        if (end == std::string_view::npos) return take(left_.size() + 1);
        const std::string_view name = take(end);
        take(1);
        return name;
    }
    std::string_view take(std::size_t count) {
        is_short_ = is_short_ || count > left_.size();
        if (is_short_) return {};
        const std::string_view taken = left_.substr(0, count);
        left_.remove_prefix(count);
        return taken;
    }

    [[nodiscard]] bool is_whole() const { return !is_short_ && left_.empty(); }

private:
    std::string_view left_;
    bool is_short_ = false;
};

Failure broken_row(std::string_view of_what) {
    return {FailureKind::corrupted, "RocksDB holds a row that is no " + std::string(of_what)};
}

}  // namespace

std::string coupon_key(CouponId coupon_id) {
    std::string key;
    append_key_number(key, coupon_id.value);
    return key;
}

void write_terms(std::string& out, const CouponTerms& terms) {
    out.clear();
    append_row_text(out, terms.name);
    append_row_text(out, terms.description);
    append_number(out, base::to_microseconds(terms.from));
    append_number(out, base::to_microseconds(terms.to));
    append_number(out, terms.limit_per_user);
    append_number(out, base::to_microseconds(terms.created_at));
}

Result<CouponTerms> read_terms_row(std::string_view key, std::string_view row) {
    RowReader of_key(key);
    RowReader of_row(row);
    // Braces evaluate from left to right, which is the order of the fields.
    CouponTerms terms{.id = CouponId{of_key.key_number()},
                      .name = std::string(of_row.text()),
                      .description = std::string(of_row.text()),
                      .from = of_row.instant(),
                      .to = of_row.instant(),
                      .limit_per_user = of_row.integer(),
                      .created_at = of_row.instant()};
    if (!of_key.is_whole() || !of_row.is_whole()) return broken_row("coupon");
    return terms;
}

void write_history_key(std::string& out, const CouponInventory& event) {
    out.clear();
    append_key_number(out, event.coupon_id.value);
    append_key_number(out, event.sequence.value);
}

void write_inventory_key(std::string& out, const CouponInventory& event) {
    write_history_key(out, event);
    out.push_back(event.kind == InventoryKind::cumulative ? '\1' : '\0');
}

void write_event(std::string& out, const CouponInventory& event) {
    out.clear();
    append_number(out, std::uint64_t{std::to_underlying(event.kind)});
    append_signed(out, event.amount);
    append_number(out, event.stock_after);
    append_number(out, event.issued_after);
    append_optional_text(out, event.user_id);
    append_row_text(out, event.reason);
    append_number(out, base::to_microseconds(event.created_at));
}

Result<CouponInventory> read_event_row(std::string_view key, std::string_view row) {
    RowReader of_key(key.substr(0, 2 * key_number_bytes));
    RowReader of_row(row);
    CouponInventory event{.coupon_id = CouponId{of_key.key_number()},
                          .sequence = Sequence{of_key.key_number()},
                          .kind = static_cast<InventoryKind>(of_row.number()),
                          .amount = of_row.signed_integer(),
                          .stock_after = of_row.integer(),
                          .issued_after = of_row.integer(),
                          .user_id = of_row.optional_text<domain::UserId>(),
                          .reason = std::string(of_row.text()),
                          .created_at = of_row.instant()};
    if (!of_key.is_whole() || !of_row.is_whole() || event.kind > InventoryKind::cumulative) {
        return broken_row("event");
    }
    return event;
}

void write_registered_key(std::string& out, const domain::UserId& user, CouponId coupon_id,
                          std::int64_t nth) {
    out.assign(user.text());
    out.push_back(end_of_name);
    append_key_number(out, coupon_id.value);
    append_key_number(out, nth);
}

void write_registered(std::string& out, const RegisteredCoupon& registered) {
    out.clear();
    append_number(out, registered.sequence.value);
    append_number(out, registered.rank);
    append_optional_text(out, registered.idempotency_key);
    append_number(out, base::to_microseconds(registered.registered_at));
    append_number(out, std::uint64_t{std::to_underlying(registered.status)});
}

Result<RegisteredCoupon> read_registered_row(std::string_view key, std::string_view row) {
    RowReader of_key(key);
    RowReader of_row(row);
    auto user = domain::UserId::parse(of_key.name_in_key());
    if (!user) return broken_row("registered coupon");
    const CouponId coupon_id{of_key.key_number()};
    const std::int64_t nth = of_key.key_number();
    RegisteredCoupon registered{.coupon_id = coupon_id,
                                .sequence = Sequence{of_row.integer()},
                                .user_id = *std::move(user),
                                .nth = nth,
                                .rank = of_row.integer(),
                                .idempotency_key = of_row.optional_text<domain::IdempotencyKey>(),
                                .registered_at = of_row.instant(),
                                .status = static_cast<domain::RegistrationStatus>(of_row.number())};
    if (!of_key.is_whole() || !of_row.is_whole() ||
        registered.status > domain::RegistrationStatus::returned) {
        return broken_row("registered coupon");
    }
    return registered;
}

}  // namespace dibs::bench
