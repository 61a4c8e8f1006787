#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/log.h"

// How the API's JSON is spelled, for those who say what is in it (`wire_writing.cc`,
// `wire_operators_writing.cc`).

namespace dibs::controller {

/// Writes one JSON object, member by member, into a text that is already there.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

    ObjectWriter& text(std::string_view name, std::string_view value) {
        begin(name);
        base::log::append_json_string(out_, value);
        return *this;
    }
    ObjectWriter& number(std::string_view name, std::int64_t value) {
        begin(name);
        fmt::format_to(std::back_inserter(out_), "{}", value);
        return *this;
    }
    ObjectWriter& time(std::string_view name, base::Instant value) {
        begin(name);
        out_ += '"';
        base::append_rfc3339(out_, value);
        out_ += '"';
        return *this;
    }
    /// Leaves the value to the caller, who appends it to the same text.
    ObjectWriter& begin(std::string_view name) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
        return *this;
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    bool is_first_ = true;
};

/// A page of a listing: its rows, and the cursor of the next one, if there is one.
template <typename Row, typename AppendRow>
[[nodiscard]] std::string write_page(const std::vector<Row>& rows, const std::string& next,
                                     AppendRow append_row) {
    std::string out = R"({"items":[)";
    for (const Row& row : rows) {
        if (&row != &rows.front()) out += ',';
        append_row(out, row);
    }
    out += R"(],"next":)";
    if (next.empty()) {
        out += "null";
    } else {
        base::log::append_json_string(out, next);
    }
    out += '}';
    return out;
}

}  // namespace dibs::controller
