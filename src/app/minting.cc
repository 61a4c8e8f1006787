#include "app/minting.h"

#include "app/authentication.h"
#include "identity/secret_file.h"

namespace dibs::app {

using base::Result;

Result<Minter> Minter::open(const MintAccess& access) {
    const std::string key_file = access.jwt_secret_file.value_or(key_file_of(access.store));
    const auto secret = access.jwt_secret_file ? identity::load_secret(key_file)
                                               : identity::load_or_generate_secret(key_file);
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
