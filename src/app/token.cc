#include <fmt/format.h>

#include "app/commands.h"
#include "app/complaint.h"
#include "app/minting.h"
#include "base/log.h"

namespace dibs::app {

ExitCode print_token(const TokenCommand& command) {
    // Standard output is for the token, and nothing else.
    base::log::write_to_standard_error();
    if (auto made = make_missing_key(command.access); !made) return complain(made.failure());
    const auto minter = Minter::open(command.access);
    if (!minter) return complain(minter.failure());
    const auto token = minter->mint(command.user, command.is_admin, command.lifetime);
    if (!token) return complain(token.failure());
    fmt::print("{}\n", *token);
    return ExitCode::done;
}

}  // namespace dibs::app
