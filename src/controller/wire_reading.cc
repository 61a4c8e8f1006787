#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "base/number.h"
#include "controller/page_cursor.h"
#include "controller/wire_format.h"
#include "identity/strict_json.h"

namespace dibs::controller {

namespace {

using domain::InvalidField;

constexpr std::string_view text_expected = "expected a text";
constexpr std::string_view time_expected =
    "expected a time as RFC 3339 writes it, 2026-11-27T12:00:00Z";

/// What to say of a text that is no time.
std::string why_no_time(std::string_view text) {
    const auto missing_day = base::find_missing_day(text);
    return missing_day ? fmt::format("{}; there is no {}", time_expected, *missing_day)
                       : std::string(time_expected);
}

/// The members of a request's body, taken one by one; the first that is wrong is remembered, and
/// what comes after it no longer matters.
class BodyReader {
public:
    /// An empty body reads as an object with no members.
    explicit BodyReader(std::string_view body) {
        if (body.empty()) return;
        auto object = identity::parse_strict_object(body);
        if (!object) {
            invalid_ = InvalidField{"body", "expected one JSON object, each member once, in UTF-8"};
            return;
        }
        members_ = *std::move(object);
    }

    [[nodiscard]] std::optional<std::string> text(std::string_view name) {
        const auto value = take(name);
        if (!value) return std::nullopt;
        if (!value->is_string()) return wrong(name, std::string(text_expected));
        return std::string(value->get_string());
    }

    [[nodiscard]] std::optional<base::Instant> time(std::string_view name) {
        const auto value = take(name);
        if (!value) return std::nullopt;
        if (!value->is_string()) return wrong(name, std::string(time_expected));
        const auto instant = base::parse_rfc3339(value->get_string());
        if (!instant) return wrong(name, why_no_time(value->get_string()));
        return instant;
    }

    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) {
        const auto value = take(name);
        if (!value) return std::nullopt;
        const auto whole = whole_number(*value);
        if (!whole)
            return wrong(name,
                         fmt::format("expected a whole number within ±{}", domain::number_max));
        return whole;
    }

    void require(std::string_view name, std::string_view expected, bool is_there) {
        if (is_there || invalid_) return;
        invalid_ = InvalidField{std::string(name), fmt::format("{}; it is missing", expected)};
        is_missing_ = true;
    }

    void refuse(std::string_view name, std::string expected) {
        if (!invalid_) invalid_ = InvalidField{std::string(name), std::move(expected)};
    }

    /// What is wrong, once everything that is known was taken.
    [[nodiscard]] std::optional<InvalidField> finish(std::string_view known) {
        if (members_.empty()) return invalid_;
        const std::string_view name = members_.begin()->key();
        // What is missing may be there under a name that was misspelt.
        if (is_missing_ && !name.empty()) {
            invalid_->expected += fmt::format(", and {} is not known here", name);
        }
        if (invalid_) return invalid_;
        if (name.empty()) {
            refuse("body", fmt::format("has a member without a name; expected {}", known));
        } else {
            refuse(name, fmt::format("not known here; expected {}", known));
        }
        return invalid_;
    }

private:
    /// A member that is there and not null; it is no longer among the members then.
    [[nodiscard]] std::optional<boost::json::value> take(std::string_view name) {
        const auto found = members_.find(name);
        if (found == members_.end()) return std::nullopt;
        boost::json::value value = found->value();
        members_.erase(found);
        if (value.is_null()) return std::nullopt;
        return value;
    }

    [[nodiscard]] static std::optional<std::int64_t> whole_number(const boost::json::value& value) {
        const auto limit = static_cast<double>(domain::number_max);
        if (value.is_double()) {
            const double number = value.get_double();
            if (std::trunc(number) != number || std::abs(number) > limit) return std::nullopt;
            return static_cast<std::int64_t>(number);
        }
        if (!value.is_int64()) return std::nullopt;
        const std::int64_t number = value.get_int64();
        if (number > domain::number_max || number < -domain::number_max) return std::nullopt;
        return number;
    }

    std::nullopt_t wrong(std::string_view name, std::string expected) {
        refuse(name, std::move(expected));
        return std::nullopt;
    }

    boost::json::object members_;
    std::optional<InvalidField> invalid_;
    bool is_missing_ = false;  // What is wrong is that it isn't there.
};

// choice: a sentence. Bytes of UTF-8.
constexpr std::size_t reason_size_max_bytes = 500;

std::string take_reason(BodyReader& body) {
    std::string reason = body.text("reason").value_or("");
    if (reason.size() > reason_size_max_bytes) {
        body.refuse("reason", fmt::format("expected at most {} bytes", reason_size_max_bytes));
    }
    return reason;
}

/// The text of a structured-field string (RFC 8941 section 3.3.3); nothing if it is not one.
std::optional<std::string> parse_quoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return std::nullopt;
        if (text[i] == '\\') {
            if (++i == text.size() || (text[i] != '"' && text[i] != '\\')) return std::nullopt;
        }
        plain += text[i];
    }
    return plain;
}

bool is_bare_token(std::string_view text) {
    return text.find_first_of("\" ,;") == std::string_view::npos;
}

}  // namespace

Read<domain::CouponCreate> read_coupon_create(std::string_view text) {
    BodyReader body(text);
    domain::CouponCreate create;
    const auto name = body.text("name");
    const auto from = body.time("from");
    const auto to = body.time("to");
    const auto stock = body.number("stock");
    create.description = body.text("description").value_or("");
    create.limit_per_user = body.number("limitPerUser").value_or(1);
    body.require("name", text_expected, name.has_value());
    body.require("from", time_expected, from.has_value());
    body.require("to", time_expected, to.has_value());
    body.require("stock", fmt::format("expected a whole number from 0 to {}", domain::number_max),
                 stock.has_value());
    if (auto invalid = body.finish("name, description, from, to, limitPerUser or stock")) {
        return std::unexpected(*std::move(invalid));
    }
    create.name = *name;
    create.from = *from;
    create.to = *to;
    create.stock = *stock;
    return create;
}

Read<domain::CouponPatch> read_coupon_patch(std::string_view text) {
    BodyReader body(text);
    domain::CouponPatch patch{.name = body.text("name"),
                              .description = body.text("description"),
                              .from = body.time("from"),
                              .to = body.time("to")};
    if (auto invalid = body.finish("name, description, from or to; a stock is changed by events")) {
        return std::unexpected(*std::move(invalid));
    }
    return patch;
}

Read<StockChangeRequest> read_stock_change(std::string_view text) {
    BodyReader body(text);
    StockChangeRequest change;
    const auto amount = body.number("amount");
    const auto kind = body.text("kind");
    change.reason = take_reason(body);
    body.require("amount", "expected a whole number other than 0", amount.has_value());
    if (amount && *amount == 0) body.refuse("amount", "expected a whole number other than 0");
    change.amount = amount.value_or(0);
    // Without a kind, what adds is stocked and what takes off is adjusted.
    change.kind =
        change.amount > 0 ? domain::InventoryKind::stocked : domain::InventoryKind::adjusted;
    if (kind == "adjusted") {
        change.kind = domain::InventoryKind::adjusted;
    } else if (kind && (kind != "stocked" || change.amount < 0)) {
        body.refuse("kind", "expected adjusted, or stocked with an amount above 0");
    }
    if (auto invalid = body.finish("amount, kind or reason"))
        return std::unexpected(*std::move(invalid));
    return change;
}

Read<std::string> read_reason(std::string_view text) {
    BodyReader body(text);
    std::string reason = take_reason(body);
    if (auto invalid = body.finish("reason")) return std::unexpected(*std::move(invalid));
    return reason;
}

Read<std::optional<base::Instant>> read_until(std::string_view text) {
    BodyReader body(text);
    const auto until = body.time("until");
    if (auto invalid = body.finish("until")) return std::unexpected(*std::move(invalid));
    return until;
}

Read<std::optional<domain::IdempotencyKey>> read_idempotency_key(const http::Request& request) {
    const auto field = request.field("idempotency-key");
    if (!field) return std::optional<domain::IdempotencyKey>();
    const InvalidField invalid{"Idempotency-Key",
                               "expected once, 1 to 64 printable ASCII characters in quotes"};
    if (request.field_count("idempotency-key") != 1) return std::unexpected(invalid);
    auto text = parse_quoted(*field);
    if (!text && is_bare_token(*field)) text = std::string(*field);
    auto key = text ? domain::IdempotencyKey::parse(*text) : std::nullopt;
    if (!key) return std::unexpected(invalid);
    return key;
}

Read<std::int64_t> read_number(const http::Request& request, std::string_view name,
                               std::int64_t min, std::int64_t max, std::int64_t otherwise) {
    const auto text = request.query_parameter(name);
    if (!text) return otherwise;
    const auto number = base::parse_integer<std::int64_t>(*text);
    if (number && *number >= min && *number <= max) return *number;
    return std::unexpected(InvalidField{
        std::string(name), fmt::format("expected a whole number from {} to {}", min, max)});
}

Read<std::optional<base::Instant>> read_time(const http::Request& request, std::string_view name) {
    const auto text = request.query_parameter(name);
    if (!text) return std::optional<base::Instant>();
    auto instant = base::parse_rfc3339(*text);
    if (!instant) {
        // A + that was not escaped arrives as a space; what was meant is plain.
        std::string with_plus = *text;
        std::ranges::replace(with_plus, ' ', '+');
        instant = base::parse_rfc3339(with_plus);
    }
    if (instant) return instant;
    return std::unexpected(InvalidField{std::string(name), why_no_time(*text)});
}

Read<std::optional<std::vector<std::int64_t>>> read_cursor_parameter(const http::Request& request,
                                                                     char listing,
                                                                     std::size_t count) {
    const auto text = request.query_parameter("cursor");
    if (!text) return std::optional<std::vector<std::int64_t>>();
    auto place = read_cursor(listing, count, *text);
    if (place) return place;
    return std::unexpected(
        InvalidField{"cursor", "expected the next of an earlier page of this listing"});
}

}  // namespace dibs::controller
