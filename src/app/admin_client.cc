#include "app/admin_client.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "app/minting.h"
#include "identity/caller.h"
#include "identity/file_text.h"

namespace dibs::app {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: an operator at a terminal waits this long before looking for the cause elsewhere.
constexpr std::chrono::milliseconds call_timeout{30'000};

// choice: who commands say that they are, as they know no operator's name.
constexpr std::string_view operator_name = "operator";

// choice: long enough for one command.
constexpr std::chrono::seconds command_token_lifetime{600};

// choice: twice the largest token that is looked at.
constexpr std::size_t token_file_size_max_bytes = 16 * 1024;

Failure failure_of(const http::ClientResponse& response, std::string_view method,
                   const std::string& target) {
    boost::system::error_code error;
    const boost::json::value body = boost::json::parse(response.body, error);
    std::string why = fmt::format("{} {} was answered {}", method, target, response.status);
    if (!error && body.is_object()) {
        const auto* const detail = body.as_object().if_contains("detail");
        const auto* const code = body.as_object().if_contains("code");
        if (detail != nullptr && detail->is_string() && code != nullptr && code->is_string()) {
            why = fmt::format("{} ({})", std::string_view(detail->get_string()),
                              std::string_view(code->get_string()));
        }
    }
    const bool is_callers = response.status >= 400 && response.status < 500;
    return {is_callers ? FailureKind::refused : FailureKind::unavailable, why};
}

}  // namespace

AdminClient::AdminClient(const Endpoint& at, std::vector<http::Field> identity)
    : client_(at.host, at.port, call_timeout), fields_(std::move(identity)) {
    fields_.push_back({"Content-Type", "application/json"});
}

Result<std::string> AdminClient::fetch(std::string_view method, const std::string& target,
                                       std::string_view body) {
    auto response = client_.request(method, target, fields_, body);
    if (!response) return response.failure();
    if (response->status < 200 || response->status > 299) {
        return failure_of(*response, method, target);
    }
    return std::move(response->body);
}

Result<boost::json::value> AdminClient::call(std::string_view method, const std::string& target,
                                             std::string_view body) {
    const auto text = fetch(method, target, body);
    if (!text) return text.failure();
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(*text, error);
    if (error) {
        return Failure{FailureKind::corrupted,
                       fmt::format("{} {} was answered with what is no JSON", method, target)};
    }
    return value;
}

Result<boost::json::array> AdminClient::list(const std::string& target) {
    boost::json::array all;
    std::string cursor;
    while (true) {
        const char joint = target.find('?') == std::string::npos ? '?' : '&';
        const auto page = call(
            "GET", cursor.empty() ? target : fmt::format("{}{}cursor={}", target, joint, cursor));
        if (!page) return page.failure();
        const auto& object = page->as_object();
        for (const auto& item : object.at("items").as_array()) all.push_back(item);
        if (object.at("next").is_null()) return all;
        cursor = object.at("next").as_string();
    }
}

Result<std::vector<http::Field>> operator_identity(const std::optional<std::string>& token,
                                                   const std::optional<std::string>& token_file,
                                                   const MintAccess& access) {
    std::string bearer;
    if (token) {
        bearer = *token;
    } else if (token_file) {
        auto text = identity::read_file(*token_file, token_file_size_max_bytes);
        if (!text) return base::invalid("--token-file: " + text.failure().what);
        bearer = std::move(text->text);
        while (!bearer.empty() && (bearer.back() == '\n' || bearer.back() == '\r'))
            bearer.pop_back();
    } else if (access.auth == AuthenticationMode::trusted_header) {
        return std::vector<http::Field>{{"X-User-Id", std::string(operator_name)},
                                        {"X-User-Scopes", std::string(identity::admin_scope)}};
    } else {
        const auto minter = Minter::open(access);
        if (!minter) return minter.failure();
        auto minted = minter->mint(std::string(operator_name), true, command_token_lifetime);
        if (!minted) return minted.failure();
        bearer = *std::move(minted);
    }
    return std::vector<http::Field>{{"Authorization", "Bearer " + bearer}};
}

std::string write_create(const CreateCoupon& create) {
    return boost::json::serialize(boost::json::object{{"name", create.name},
                                                      {"description", create.description},
                                                      {"from", base::to_rfc3339(create.from)},
                                                      {"to", base::to_rfc3339(create.to)},
                                                      {"limitPerUser", create.limit_per_user},
                                                      {"stock", create.stock}});
}

}  // namespace dibs::app
