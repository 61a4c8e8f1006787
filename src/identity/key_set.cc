#include "identity/key_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <utility>

#include "base/log.h"
#include "identity/file_text.h"
#include "identity/json_web_key.h"
#include "identity/strict_json.h"

namespace dibs::identity {

namespace {

namespace json = boost::json;

// Choice: identity providers publish two to ten keys, of some 2 KB each with their certificates.
constexpr std::size_t key_set_size_max_bytes = 1024 * 1024;

/// How a key is called in failures: its place, counted from 1, and its `kid` if it has one.
std::string describe_key(std::size_t number, const json::value& member) {
    std::string name = fmt::format("key {}", number);
    const json::object* const members = member.if_object();
    const json::value* const key_id = members == nullptr ? nullptr : members->if_contains("kid");
    if (key_id == nullptr || !key_id->is_string()) return name;
    name += " (kid ";
    base::log::append_json_string(name, key_id->get_string());
    name += ')';
    return name;
}

}  // namespace

KeySet KeySet::of_secret(const Secret& secret) {
    KeySet set;
    set.answers_to_any_name_ = true;
    set.keys_.push_back({.key_id = std::nullopt, .key = make_secret_key(secret)});
    return set;
}

base::Result<KeySet> KeySet::open(const std::string& path) {
    const auto file = read_file(path, key_set_size_max_bytes);
    if (!file) return file.failure();
    return parse(file->text, path);
}

base::Result<KeySet> KeySet::parse(std::string_view text, const std::string& origin) {
    const auto failed = [&](std::string_view what) {
        return base::Failure{base::FailureKind::invalid, fmt::format("{}: {}", origin, what)};
    };
    const std::optional<json::object> document = parse_strict_object(text);
    if (!document) return failed("is not a JSON object with distinct names");
    const json::value* const keys = document->if_contains("keys");
    const json::array* const members = keys == nullptr ? nullptr : keys->if_array();
    if (members == nullptr) return failed("is not a JSON Web Key Set: it has no array \"keys\"");

    KeySet set;
    for (std::size_t at = 0; at < members->size(); ++at) {
        const std::string name = describe_key(at + 1, (*members)[at]);
        const json::object* const member = (*members)[at].if_object();
        if (member == nullptr) return failed(name + ": is not an object");
        base::Result<JsonWebKey> read = read_json_web_key(*member);
        if (!read) return failed(name + ": " + read.failure().what);
        if (!read->key) {
            set.skipped_.push_back(
                fmt::format("{}: {}: left out: {}", origin, name, read->skipped_because));
            continue;
        }
        // A token says only the `kid`; which of two keys it meant would be a guess.
        const bool is_taken =
            std::any_of(set.keys_.begin(), set.keys_.end(),
                        [&](const NamedKey& known) { return known.key_id == read->key_id; });
        if (is_taken && read->key_id) return failed(name + ": another key has the same \"kid\"");
        set.keys_.push_back({.key_id = std::move(read->key_id), .key = std::move(read->key)});
    }
    if (set.keys_.empty()) return failed("has no key that RS256, ES256 or EdDSA can verify with");
    return set;
}

const VerificationKey* KeySet::find(std::optional<std::string_view> key_id) const {
    if (answers_to_any_name_) return keys_.front().key.get();
    if (!key_id) return keys_.size() == 1 ? keys_.front().key.get() : nullptr;
    for (const NamedKey& known : keys_) {
        if (known.key_id == key_id) return known.key.get();
    }
    return nullptr;
}

}  // namespace dibs::identity
