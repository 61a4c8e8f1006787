#include "identity/strict_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>
#include <cstddef>
#include <cstdint>

namespace dibs::identity {

namespace {

namespace json = boost::json;

// Choice: a key set needs three levels, a token with structured claims a few more.
constexpr std::size_t depth_max = 8;

/// Builds the value that the parser walks over, and counts the members that it saw. Boost's own
/// builder keeps the last of two members with one name and says nothing; here the count tells.
class Builder {
public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;

    bool on_document_begin(json::error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return true; }
    bool on_object_end(std::size_t size, json::error_code&) {
        members_seen_ += size;
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t size, json::error_code&) {
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_key(json::string_view last_part, std::size_t, json::error_code&) {
        stack_.push_key(last_part);
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(json::string_view last_part, std::size_t, json::error_code&) {
        stack_.push_string(last_part);
        return true;
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, json::string_view, json::error_code&) {
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool truth, json::error_code&) {
        stack_.push_bool(truth);
        return true;
    }
    bool on_null(json::error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    [[nodiscard]] json::value release() { return stack_.release(); }
    [[nodiscard]] std::size_t members_seen() const { return members_seen_; }

private:
    json::value_stack stack_;
    std::size_t members_seen_ = 0;
};

std::size_t count_members(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* object = value.if_object()) {
        count += object->size();
        for (const auto& member : *object) count += count_members(member.value());
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& item : *array) count += count_members(item);
    }
    return count;
}

}  // namespace

std::optional<json::object> parse_strict_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = depth_max;
    json::basic_parser<Builder> parser(options);
    json::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size() || !parser.done()) return std::nullopt;
    json::value value = parser.handler().release();
    if (!value.is_object()) return std::nullopt;
    if (count_members(value) != parser.handler().members_seen()) return std::nullopt;
    return std::move(value.get_object());
}

}  // namespace dibs::identity
