#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace dibs::base::log {

/// How much a line matters; a line below the level set with `set_level` is not written.
enum class Level : std::uint8_t { debug, info, warning, error };

/// One named value of a log line.
struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    Field(std::string_view field_name, const char* text)
        : name(field_name), value(std::string_view(text)) {}
    Field(std::string_view field_name, const std::string& text)
        : name(field_name), value(std::string_view(text)) {}
    Field(std::string_view field_name, bool truth) : name(field_name), value(truth) {}
    Field(std::string_view field_name, double number) : name(field_name), value(number) {}
    template <std::integral Integer>
    Field(std::string_view field_name, Integer number)
        : name(field_name), value(static_cast<std::int64_t>(number)) {}
};

/// Writes one line of JSON, `{"time":…,"level":…,"event":EVENT,…fields}`, to standard output. Any
/// thread may call; the line is written before the call returns, whole, never mixed with another's.
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, fields);
}

/// Sets the least level that is written; `info` until then. Call before other threads start.
void set_level(Level level);

/// Sends lines to standard error instead: for commands whose standard output is their result.
void write_to_standard_error();

/// Appends `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8
/// become U+FFFD, so that a hostile header can't break a line.
void append_json_string(std::string& out, std::string_view text);

}  // namespace dibs::base::log
