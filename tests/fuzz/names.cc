// Goal: what names something (ids, cursors, times, keys, a request's target) has one spelling, and
// anything else is turned away. Method: each decoder is given the same text; what it takes is
// written down again and must be the text, or, where more than one spelling is allowed, must be
// read as the same once more.

#include <string>

#include "base/instant.h"
#include "controller/page_cursor.h"
#include "controller/wire_format.h"
#include "domain/ids.h"
#include "fuzz/fuzzing.h"
#include "http/percent.h"
#include "http/target.h"
#include "identity/base64url.h"

namespace {

using dibs::fuzz::require;

void read_ids(std::string_view text) {
    if (const auto id = dibs::domain::parse_coupon_id(text)) {
        require(std::to_string(id->value) == text, "a coupon id has one spelling");
        require(id->value > 0 && id->value <= dibs::domain::number_max, "it is within its limits");
    }
    if (const auto id = dibs::domain::RegistrationId::parse(text)) {
        require(id->text() == text, "a registration id has one spelling");
    }
    if (const auto user = dibs::domain::UserId::parse(text)) {
        require(user->text() == text && !text.empty() && text.size() <= 128, "a user is the text");
    }
    if (const auto key = dibs::domain::IdempotencyKey::parse(text)) {
        require(key->text() == text && !text.empty() && text.size() <= 64, "a key is the text");
    }
}

void read_cursors(std::string_view text) {
    for (const std::size_t count : {1U, 2U, 3U}) {
        const auto place = dibs::controller::read_cursor('c', count, text);
        if (!place) continue;
        require(place->size() == count, "a cursor has as many numbers as are asked for");
        require(!dibs::controller::read_cursor('d', count, text), "it is of one listing");
        if (count != 2) continue;
        require(dibs::controller::write_cursor('c', {place->at(0), place->at(1)}) == text,
                "a cursor has one spelling");
    }
}

void read_times(std::string_view text) {
    const auto instant = dibs::base::parse_rfc3339(text);
    if (!instant) return;
    const std::string written = dibs::base::to_rfc3339(*instant);
    require(written.size() == 27, "a time is written in 27 bytes");
    require(dibs::base::parse_rfc3339(written) == instant, "a time is read as it was written");
}

void read_parts_of_requests(std::string_view text) {
    if (const auto bytes = dibs::identity::decode_base64url(text)) {
        require(dibs::identity::encode_base64url(*bytes) == text, "bytes have one spelling");
    }
    if (const auto target = dibs::http::split_target(dibs::http::Method::get, text)) {
        require(target->path.starts_with('/'), "a target has a path");
        require(
            target->path.size() + target->query.size() + target->authority.size() <= text.size(),
            "its parts are parts of it");
    }
    static_cast<void>(dibs::http::is_host(text));
    if (const auto decoded = dibs::http::decode_percent(text)) {
        require(decoded->size() <= text.size(), "decoding adds nothing");
    }
    dibs::http::Request request;
    request.query = text;
    request.fields.push_back({"idempotency-key", std::string(text)});
    static_cast<void>(dibs::controller::read_idempotency_key(request));
    static_cast<void>(dibs::controller::read_number(request, "limit", 1, 100, 20));
    static_cast<void>(dibs::controller::read_time(request, "at"));
    static_cast<void>(dibs::controller::read_cursor_parameter(request, 'c', 2));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = dibs::fuzz::text_of(data, size);
    read_ids(text);
    read_cursors(text);
    read_times(text);
    read_parts_of_requests(text);
    return 0;
}
