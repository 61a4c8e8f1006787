#include "load/service_process.h"

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "load/whole_file.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: a service under a sanitizer on a busy machine needs seconds; one that hangs is given up.
constexpr std::chrono::seconds start_patience{60};
// choice: a start of tens of milliseconds is measured to a few per cent by it.
constexpr std::chrono::milliseconds start_look_distance{1};

/// The address that a log line `{"event":"listening","listener":…,"address":…}` names.
std::optional<app::Endpoint> address_in(const std::string& log, std::string_view listener) {
    std::size_t start = 0;
    for (auto end = log.find('\n'); end != std::string::npos; end = log.find('\n', start)) {
        boost::system::error_code error;
        const boost::json::value line =
            boost::json::parse(std::string_view(log).substr(start, end - start), error);
        start = end + 1;
        if (error || !line.is_object()) continue;
        const auto& fields = line.as_object();
        const auto is = [&fields](std::string_view name, std::string_view value) {
            const auto* const field = fields.if_contains(name);
            return field != nullptr && field->is_string() && field->get_string() == value;
        };
        const auto* const address = fields.if_contains("address");
        if (!is("event", "listening") || !is("listener", listener) || address == nullptr) continue;
        return app::parse_endpoint(std::string_view(address->as_string()));
    }
    return std::nullopt;
}

}  // namespace

Result<ServiceProcess> ServiceProcess::open(const ProgramStart& start) {
    auto program = Program::start(start);
    if (!program) return program.failure();
    ServiceProcess service(*std::move(program));
    if (auto listening = service.wait_until_listening(start.output); !listening) {
        return listening.failure();
    }
    return service;
}

Result<void> ServiceProcess::wait_until_listening(const std::filesystem::path& log) {
    const auto deadline = std::chrono::steady_clock::now() + start_patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const std::string said = read_whole(log);
        const auto customers = address_in(said, "public");
        const auto operators = address_in(said, "operators");
        if (customers && operators) {
            public_ = *customers;
            admin_ = *operators;
            return {};
        }
        if (program_.has_ended()) break;
        // Between two looks from outside: nobody tells us.
        std::this_thread::sleep_for(start_look_distance);
    }
    return Failure{FailureKind::unavailable, "the service did not come up:\n" + read_whole(log)};
}

}  // namespace dibs::bench
