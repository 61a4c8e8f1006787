#pragma once

#include <memory>
#include <string>

#include "app/settings.h"
#include "base/result.h"
#include "identity/authenticator.h"
#include "identity/secret_file.h"

namespace dibs::app {

/// The file that holds a store's own secret: beside its database, or in the folder that the process
/// was started in if the store is no file.
[[nodiscard]] std::string key_file_of(const std::string& store_url);

/// Whoever proves callers' identities, as the settings say; generates the store's own secret where
/// no key is configured. Blocks on the disk. Fails: invalid, unavailable.
[[nodiscard]] base::Result<std::unique_ptr<identity::Authenticator>> open_authenticator(
    const Settings& settings);

}  // namespace dibs::app
