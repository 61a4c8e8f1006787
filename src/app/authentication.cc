#include "app/authentication.h"

#include "base/log.h"
#include "identity/bearer_authenticator.h"
#include "identity/trusted_header_authenticator.h"
#include "repository/store.h"

namespace dibs::app {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

Result<identity::KeySet> open_keys(const Settings& settings) {
    if (settings.jwks_file) {
        auto keys = identity::KeySet::open(*settings.jwks_file);
        if (!keys) return keys.failure();
        for (const std::string& skipped : keys->skipped()) {
            base::log::warning("key-left-out", {{"why", skipped}});
        }
        return keys;
    }
    if (settings.jwt_secret_file) {
        const auto secret = identity::load_secret(*settings.jwt_secret_file);
        if (!secret) return secret.failure();
        return identity::KeySet::of_secret(*secret);
    }
    const std::string key_file = key_file_of(settings.store);
    if (key_file.empty()) {
        return Failure{FailureKind::invalid,
                       "a store without a file has no key of its own: set --jwt-secret-file or "
                       "--jwks-file"};
    }
    const auto secret = identity::load_or_generate_secret(key_file);
    if (!secret) return secret.failure();
    return identity::KeySet::of_secret(*secret);
}

}  // namespace

std::string key_file_of(const std::string& store_url) {
    const auto file = repository::file_of_store(store_url);
    return file ? *file + ".key" : std::string();
}

Result<std::unique_ptr<identity::Authenticator>> open_authenticator(const Settings& settings) {
    if (settings.auth == AuthenticationMode::trusted_header) {
        base::log::warning("headers-are-trusted",
                           {{"why",
                             "X-User-Id and X-User-Scopes are believed as they come: let "
                             "nobody but the gateway reach these ports"}});
        return std::unique_ptr<identity::Authenticator>(
            std::make_unique<identity::TrustedHeaderAuthenticator>());
    }
    auto keys = open_keys(settings);
    if (!keys) return keys.failure();
    identity::TokenVerifier verifier(
        *std::move(keys), {.issuer = settings.jwt_issuer, .audience = settings.jwt_audience});
    return std::unique_ptr<identity::Authenticator>(
        std::make_unique<identity::BearerAuthenticator>(std::move(verifier)));
}

}  // namespace dibs::app
