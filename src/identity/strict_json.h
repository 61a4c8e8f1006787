#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace dibs::identity {

/// The JSON object that is the whole of `text`. Nothing if it is not well-formed (RFC 8259, in
/// UTF-8), is no object, is nested deeper than eight levels, or has two members of one name
/// anywhere: readers disagree on which of the two counts, and signatures must not hang on that (RFC
/// 7515 section 4, RFC 7519 section 4).
[[nodiscard]] std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace dibs::identity
