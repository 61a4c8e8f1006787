#pragma once

#include <chrono>
#include <string>

#include "app/command_line.h"
#include "base/clock.h"
#include "base/result.h"
#include "identity/token_mint.h"

namespace dibs::app {

/// Generates a SQLite store's own secret where it is used and isn't there, and says so in the log;
/// but not for a store that isn't there either, whose name somebody may have mistyped, nor for one
/// on a server: its nodes have their key wherever they were started, and would never see this one.
/// For commands that look after a store: who only talks to a service makes nothing. Blocks on the
/// disk. Fails: invalid, unavailable.
[[nodiscard]] base::Result<void> make_missing_key(const MintAccess& access);

/// Mints tokens with a store's own secret, or with the one that was named. Belongs to one thread.
class Minter {
public:
    /// Reads the secret. Fails: invalid, with the setting that is wrong.
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
