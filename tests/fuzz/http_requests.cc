// Goal: whatever bytes a connection brings, they are read within the limits, and as the same
// requests however the network cuts them: what could be read in two ways would be smuggling.
// Method: the input is read whole, and again in pieces of a size that its first byte chooses; both
// readings have to agree on every request that is read. (When a refusal is noticed may depend on
// the cut: Beast looks at a line that came in pieces only once the header's end is there.) Of a
// request that was read, the parts that handlers take apart are taken apart.

#include <string>
#include <vector>

#include "fuzz/fuzzing.h"
#include "http/percent.h"
#include "http/request_reader.h"
#include "http/target.h"

namespace {

using dibs::fuzz::require;
using dibs::http::Request;
using dibs::http::RequestReader;

constexpr std::size_t header_size_max_bytes = 1'024;
constexpr std::size_t body_size_max_bytes = 256;
constexpr int requests_max = 64;

/// Everything that a handler can see of what was read, as one text.
std::string describe(const Request& request) {
    std::string seen = request.method_name + ' ' + request.path + '?' + request.query + '\n';
    for (const auto& field : request.fields) seen += field.name + ": " + field.value + '\n';
    return seen + (request.may_keep_alive ? "keep\n" : "close\n") + request.body + '\n';
}

/// Takes apart what handlers take apart.
void look_into(const Request& request) {
    require(request.body.size() <= body_size_max_bytes, "a body is within its limit");
    require(request.path.starts_with('/') || request.path == "*", "a path begins with a slash");
    static_cast<void>(dibs::http::decode_percent(request.path));
    static_cast<void>(request.query_parameter("cursor"));
    for (const auto& field : request.fields) {
        require(field.name.find_first_of(" \t\r\n:") == std::string::npos, "a name is a token");
        require(field.value.find_first_of("\r\n") == std::string::npos, "a value is one line");
        require(field.value.find('\0') == std::string::npos, "a value has no NUL");
    }
}

/// Reads as a connection does: what the reader leaves is given again with more behind it.
std::string read_in_pieces(std::string_view bytes, std::size_t piece_size) {
    RequestReader reader(header_size_max_bytes, body_size_max_bytes);
    std::string seen;
    std::string waiting;
    int request_count = 0;
    while (reader.stage() != RequestReader::Stage::refused) {
        const std::size_t taken = reader.take(waiting);
        require(taken <= waiting.size(), "no more is taken than is there");
        waiting.erase(0, taken);
        if (reader.stage() == RequestReader::Stage::complete) {
            look_into(reader.request());
            seen += describe(reader.request());
            if (++request_count == requests_max) return seen;
            reader.begin_next();
            continue;
        }
        if (reader.stage() == RequestReader::Stage::refused || bytes.empty()) break;
        require(waiting.size() <= header_size_max_bytes + piece_size, "what waits is bounded");
        const std::size_t next = std::min(piece_size, bytes.size());
        waiting.append(bytes.substr(0, next));
        bytes.remove_prefix(next);
    }
    if (reader.stage() == RequestReader::Stage::refused) {
        const unsigned status = dibs::http::to_response(reader.refusal()).status;
        require(status >= 400 && status < 600, "a refusal is an error");
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes = dibs::fuzz::text_of(data, size);
    const std::size_t piece_size = 1 + dibs::fuzz::take_byte(bytes) % 64;
    const std::string whole = read_in_pieces(bytes, bytes.size() + 1);
    for (const std::size_t size_of_piece : {piece_size, std::size_t{1}}) {
        const std::string cut = read_in_pieces(bytes, size_of_piece);
        if (cut != whole) std::fprintf(stderr, "whole: %s\ncut: %s\n", whole.c_str(), cut.c_str());
        require(cut == whole, "the cut makes no difference");
    }
    return 0;
}
