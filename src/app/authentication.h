#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/settings.h"
#include "base/result.h"
#include "identity/authenticator.h"
#include "identity/secret_file.h"

namespace dibs::app {

/// Whether `open_authenticator` would have to generate the store's own secret first.
[[nodiscard]] bool has_to_make_key(const Settings& settings);

/// The secret of the file that is named, or else the store's own; generates none. Blocks on the
/// disk. Fails: invalid, with the setting that is wrong.
[[nodiscard]] base::Result<identity::Secret> load_signing_secret(
    const std::string& store, const std::optional<std::string>& named_file);

/// Whoever proves callers' identities, as the settings say; generates the store's own secret where
/// no key is configured. Blocks on the disk. Fails: invalid (a file that a setting names),
/// unavailable (the secret can't be written).
[[nodiscard]] base::Result<std::unique_ptr<identity::Authenticator>> open_authenticator(
    const Settings& settings);

}  // namespace dibs::app
