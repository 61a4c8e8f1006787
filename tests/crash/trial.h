#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crash/account.h"
#include "repository/store.h"
#include "support/simulated_sqlite_files.h"
#include "support/temporary_directory.h"

// What the trials share: where the store is, how long they run, and how they judge.

namespace dibs::crash {

/// A number from the environment: how a trial's long form is asked for, and a single case repeated.
[[nodiscard]] std::int64_t setting(const char* name, std::int64_t otherwise);

/// A path for a store on the simulated disk. The directory is a real one, for the owner's lock.
class TrialPlace {
public:
    explicit TrialPlace(test::SimulatedSqliteFiles& files) : files_(files) {}

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string log_path() const { return path_ + "-wal"; }
    [[nodiscard]] bool is_log(std::string_view file) const { return file == log_path(); }

    /// Makes the real directory show the store's name if, and only if, the disk has it: the service
    /// asks the file system itself whether there is a store.
    void show_names() const;

private:
    test::SimulatedSqliteFiles& files_;
    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("dibs.db");
};

/// The rules that `dibs verify` finds broken, each with a row; or why it could not read.
[[nodiscard]] std::vector<std::string> verify_findings(repository::AuditSnapshot& snapshot);

/// Holds the store against the account, and verifies it.
[[nodiscard]] Findings judge(const std::string& path, repository::Store& store, Account& account);

}  // namespace dibs::crash
