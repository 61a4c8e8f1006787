#pragma once

#include <chrono>
#include <string>

#include "app/command_line.h"
#include "base/clock.h"
#include "base/result.h"
#include "identity/token_mint.h"

namespace dibs::app {

/// Mints tokens with a store's own secret, or with the one that was named. Belongs to one thread.
class Minter {
public:
    /// Reads the secret, or generates the store's if it has none yet.
    /// Fails: invalid, unavailable.
    [[nodiscard]] static base::Result<Minter> open(const MintAccess& access);

    /// Fails: invalid (not a user's name).
    [[nodiscard]] base::Result<std::string> mint(const std::string& user, bool is_admin,
                                                 std::chrono::seconds lifetime) const;

private:
    Minter(identity::TokenMint mint, MintAccess access)
        : mint_(std::move(mint)), access_(std::move(access)) {}

    identity::TokenMint mint_;
    MintAccess access_;
    base::SystemClock clock_;
};

}  // namespace dibs::app
