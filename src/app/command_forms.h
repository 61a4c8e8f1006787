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

/// The settings of a service that tell its clients where it answers and whom it believes.
[[nodiscard]] std::vector<std::string_view> client_settings();
/// The same, for who talks to the operators' listener alone.
[[nodiscard]] std::vector<std::string_view> operators_client_settings();

/// What `--admin` and `--target` say, or else where the service is configured to listen.
[[nodiscard]] Endpoint operators_address(OptionReader& options, const Settings& settings);
[[nodiscard]] std::vector<Endpoint> customers_addresses(OptionReader& options,
                                                        const Settings& settings);

}  // namespace dibs::app
