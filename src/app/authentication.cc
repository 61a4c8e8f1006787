#include "app/authentication.h"

#include "base/log.h"
#include "identity/bearer_authenticator.h"
#include "identity/trusted_header_authenticator.h"
#include "repository/store.h"

namespace dibs::app {

using base::Result;

namespace {

// A server's database is no place for a file; the folder that a service is started in is where the
// embedded store's key lies by default, too.
constexpr std::string_view key_file_of_server_stores = "./dibs.key";

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
    const auto secret = identity::load_or_generate_secret(key_file);
    if (!secret) return secret.failure();
    if (!repository::file_of_store(settings.store)) {
        base::log::info("key-of-this-folder",
                        {{"file", key_file},
                         {"advice",
                          "every node of this store needs the same key: copy this file to where "
                          "the others run, or name one with --jwt-secret-file or --jwks-file"}});
    }
    return identity::KeySet::of_secret(*secret);
}

}  // namespace

std::string key_file_of(const std::string& store_url) {
    const auto file = repository::file_of_store(store_url);
    return file ? *file + ".key" : std::string(key_file_of_server_stores);
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
