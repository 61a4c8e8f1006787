#include "app/minting.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "app/authentication.h"
#include "identity/secret_file.h"

namespace dibs::app {

using base::Result;

namespace {

bool lacks_key(const MintAccess& access) {
    return !access.jwt_secret_file && identity::is_secret_missing(key_file_of(access.store));
}

/// What to say where there is no key to sign with.
base::Failure no_key(const MintAccess& access) {
    const std::string key_file = in_quotes(key_file_of(access.store));
    if (!is_sqlite_url(access.store)) {
        return base::invalid(fmt::format(
            "--jwt-secret-file is not set, and there is no key {} here to sign tokens with: name "
            "the key that the nodes of the store have, or run this in the folder of one of them",
            key_file));
    }
    return base::invalid(fmt::format(
        "--store: {} has no key {} to sign tokens with, which dibs serve makes at its first "
        "start: name the service's own store, or its key with --jwt-secret-file",
        in_quotes(mask_passwords(access.store)), key_file));
}

}  // namespace

Result<void> make_missing_key(const MintAccess& access) {
    if (!lacks_key(access) || !is_sqlite_url(access.store)) return {};
    std::error_code ignored;
    if (!std::filesystem::exists(file_of_sqlite(access.store), ignored)) return {};
    const auto made = identity::load_or_generate_secret(key_file_of(access.store));
    if (!made) return made.failure();
    return {};
}

Result<Minter> Minter::open(const MintAccess& access) {
    if (lacks_key(access)) return no_key(access);
    const auto secret = load_signing_secret(access.store, access.jwt_secret_file);
    if (!secret) return secret.failure();
    return Minter(identity::TokenMint(*secret), access);
}

Result<std::string> Minter::mint(const std::string& user, bool is_admin,
                                 std::chrono::seconds lifetime) const {
    return mint_.mint({.caller = {.user = user, .is_admin = is_admin},
                       .issued_at = clock_.now(),
                       .lifetime = lifetime,
                       .issuer = access_.issuer,
                       .audience = access_.audience});
}

}  // namespace dibs::app
