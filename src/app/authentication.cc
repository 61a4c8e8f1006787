#include "app/authentication.h"

#include <fmt/format.h>

#include "base/log.h"
#include "identity/bearer_authenticator.h"
#include "identity/trusted_header_authenticator.h"

namespace dibs::app {

using base::Failure;
using base::Result;

namespace {

/// What is wrong with a file that a setting names is wrong with the setting.
Failure about_setting(std::string_view name, const Failure& failure) {
    return base::invalid(fmt::format("--{}: {}", name, failure.what));
}

void say_whose_key_it_is(const Settings& settings) {
    if (settings.jwt_secret_file || is_sqlite_url(settings.store)) return;
    base::log::info("key-of-this-folder",
                    {{"file", key_file_of(settings.store)},
                     {"advice",
                      "every node of this store needs the same key: copy this file to where "
                      "the others run, or name one with --jwt-secret-file or --jwks-file"}});
}

Result<identity::KeySet> open_keys(const Settings& settings) {
    if (settings.jwks_file) {
        auto keys = identity::KeySet::open(*settings.jwks_file);
        if (!keys) return about_setting("jwks-file", keys.failure());
        for (const std::string& skipped : keys->skipped()) {
            base::log::warning("key-left-out", {{"why", skipped}});
        }
        return keys;
    }
    const auto secret = has_to_make_key(settings)
                            ? identity::load_or_generate_secret(key_file_of(settings.store))
                            : load_signing_secret(settings.store, settings.jwt_secret_file);
    if (!secret) return secret.failure();
    say_whose_key_it_is(settings);
    return identity::KeySet::of_secret(*secret);
}

}  // namespace

bool has_to_make_key(const Settings& settings) {
    return settings.auth == AuthenticationMode::jwt && !settings.jwks_file &&
           !settings.jwt_secret_file && identity::is_secret_missing(key_file_of(settings.store));
}

Result<identity::Secret> load_signing_secret(const std::string& store,
                                             const std::optional<std::string>& named_file) {
    auto secret = identity::load_secret(named_file.value_or(key_file_of(store)));
    if (!secret) return about_setting("jwt-secret-file", secret.failure());
    return secret;
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
