#pragma once

#include <vector>

#include "app/command_form.h"

namespace dibs::app {

/// The commands, a family at a time.
[[nodiscard]] std::vector<CommandForm>
service_forms();  ///< serve, migrate, compact, verify, copy, token
[[nodiscard]] std::vector<CommandForm> crowd_forms();   ///< demo, rehearse
[[nodiscard]] std::vector<CommandForm> coupon_forms();  ///< coupon create, list, show, …

/// The settings that say where the secret for minting lies, and what tokens claim.
[[nodiscard]] std::vector<std::string_view> minting_settings();
[[nodiscard]] MintAccess mint_access_of(const Settings& settings);

}  // namespace dibs::app
