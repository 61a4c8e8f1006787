#include "rehearsal/answer_body.h"

#include <array>
#include <boost/json.hpp>

#include "base/number.h"

namespace dibs::rehearsal {

namespace {

namespace json = boost::json;

/// A parsed body. Small ones live in the buffer beside it, so that reading the usual answer does
/// not allocate.
class Parsed {
public:
    explicit Parsed(std::string_view text) : value_(json::storage_ptr(&memory_)) {
        boost::system::error_code error;
        value_ = json::parse(json::string_view(text.data(), text.size()), error,
                             json::storage_ptr(&memory_));
        if (error) value_ = nullptr;
    }

    [[nodiscard]] const json::object* object() const { return value_.if_object(); }

private:
    // choice: an issued answer of 300 bytes takes about 1 KiB parsed; larger bodies go to the heap.
    std::array<unsigned char, 4096> buffer_;
    json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
    json::value value_;
};

std::optional<std::string_view> text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr) return std::nullopt;
    return std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> integer_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
    const std::int64_t* integer = value == nullptr ? nullptr : value->if_int64();
    if (integer == nullptr) return std::nullopt;
    return *integer;
}

std::optional<RegistrationBody> registration_in(const json::object& object) {
    const auto id = text_of(object, "id");
    const auto coupon_id = integer_of(object, "couponId");
    const auto rank = integer_of(object, "rank");
    const auto registered_at = text_of(object, "registeredAt");
    if (!id || !coupon_id || !rank || !registered_at) return std::nullopt;
    const auto moment = base::parse_rfc3339(*registered_at);
    if (!moment || !sequence_of(*id)) return std::nullopt;
    if (!id->starts_with(std::to_string(*coupon_id) + "-")) return std::nullopt;
    return RegistrationBody{std::string(*id), *coupon_id, *rank, *moment};
}

base::Failure unreadable(std::string what) {
    return base::Failure{base::FailureKind::invalid, std::move(what)};
}

}  // namespace

std::optional<RegistrationBody> read_registration(std::string_view body) {
    const Parsed parsed(body);
    if (parsed.object() == nullptr) return std::nullopt;
    return registration_in(*parsed.object());
}

std::optional<std::int64_t> sequence_of(std::string_view registration_id) {
    const std::size_t dash = registration_id.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    return base::parse_integer<std::int64_t>(registration_id.substr(dash + 1));
}

std::string read_problem_code(std::string_view body) {
    const Parsed parsed(body);
    if (parsed.object() == nullptr) return {};
    return std::string(text_of(*parsed.object(), "code").value_or(""));
}

base::Result<ListingPage> read_listing(std::string_view body) {
    const Parsed parsed(body);
    const json::value* items =
        parsed.object() == nullptr ? nullptr : parsed.object()->if_contains("items");
    if (items == nullptr || !items->is_array()) return unreadable("a listing without items");
    ListingPage page;
    for (const json::value& item : items->get_array()) {
        const json::object* object = item.if_object();
        auto registration = object == nullptr ? std::nullopt : registration_in(*object);
        if (!registration) return unreadable("an item that is no registered coupon");
        page.items.push_back(
            {std::string(text_of(*object, "userId").value_or("")), std::move(*registration)});
    }
    page.next = std::string(text_of(*parsed.object(), "next").value_or(""));
    return page;
}

base::Result<StockBody> read_stock(std::string_view body) {
    const Parsed parsed(body);
    if (parsed.object() == nullptr) return unreadable("a stock that is no JSON object");
    const auto stock = integer_of(*parsed.object(), "stock");
    const auto issued = integer_of(*parsed.object(), "issued");
    if (!stock || !issued) return unreadable("a stock without its stock or issued");
    return StockBody{*stock, *issued};
}

}  // namespace dibs::rehearsal
