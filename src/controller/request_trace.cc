#include "controller/request_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <random>

#include "base/log.h"

namespace dibs::controller {

namespace {

/// 64 random bits: they need not be secret, only different.
std::uint64_t random_bits() {
    thread_local std::mt19937_64 chance{std::random_device{}()};
    return chance();
}

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_all_zeros(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view text) {
    // version "-" trace-id "-" parent-id "-" flags; a later version may go on after another dash.
    constexpr std::size_t size_of_version_0 = 55;
    if (text.size() < size_of_version_0) return std::nullopt;
    const std::string_view version = text.substr(0, 2);
    const std::string_view trace_id = text.substr(3, 32);
    const std::string_view parent_id = text.substr(36, 16);
    const std::string_view flags = text.substr(53, 2);
    if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
    if (!is_lower_hex(version) || !is_lower_hex(trace_id) || !is_lower_hex(parent_id) ||
        !is_lower_hex(flags)) {
        return std::nullopt;
    }
    if (version == "ff" || is_all_zeros(trace_id) || is_all_zeros(parent_id)) return std::nullopt;
    const bool is_longer = text.size() > size_of_version_0;
    if (is_longer && (version == "00" || text[size_of_version_0] != '-')) return std::nullopt;
    return TraceParent{std::string(trace_id), std::string(flags)};
}

void finish_answer(const http::Request& request, http::Response& response) {
    const auto field = request.field("traceparent");
    const auto parent = field ? parse_traceparent(*field) : std::nullopt;
    if (parent) {
        // Bit 0 is whether it is recorded; bits that we know nothing of are not passed on.
        const bool is_sampled = std::string_view("13579bdf").contains(parent->flags.back());
        response.fields.push_back(
            {"traceparent", fmt::format("00-{}-{:016x}-{}", parent->trace_id, random_bits() | 1,
                                        is_sampled ? "01" : "00")});
    }
    if (response.status < 500) return;
    const std::string id =
        parent ? parent->trace_id : fmt::format("{:016x}{:016x}", random_bits(), random_bits());
    base::log::warning("request-failed", {{"requestId", id},
                                          {"method", request.method_name},
                                          {"path", request.path},
                                          {"status", response.status},
                                          {"why", response.note}});
    response.fields.push_back({"X-Request-Id", id});
}

}  // namespace dibs::controller
