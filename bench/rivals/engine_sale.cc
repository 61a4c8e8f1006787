#include "rivals/engine_sale.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "load/announced_coupon.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using std::chrono::nanoseconds;

namespace {

Result<void> sync_disk_of(const std::filesystem::path& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool is_synced = file >= 0 && syncfs(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (is_synced) return {};
    return Failure{FailureKind::unavailable,
                   fmt::format("{}: {}", folder.string(), std::strerror(error))};
}

Result<void> audit_files(const Engine& engine, const std::filesystem::path& folder,
                         std::int64_t expected) {
    const auto store = engine.open(folder);
    if (!store) return store.failure();
    auto snapshot = (*store)->open_snapshot();
    if (!snapshot) return snapshot.failure();
    const auto issued = audit_books(**snapshot);
    if (!issued) return issued.failure();
    if (*issued == expected) return {};
    return Failure{FailureKind::corrupted,
                   fmt::format("{} were told that they have it, {} have it", expected, *issued)};
}

}  // namespace

Result<EngineSale> EngineSale::open(EngineStore& store, std::size_t group_size) {
    const auto coupon_id = store.offer(endless_stock);
    if (!coupon_id) return coupon_id.failure();
    return EngineSale(store, *coupon_id, group_size);
}

Result<nanoseconds> EngineSale::sell_group() {
    const base::SystemClock clock;
    const auto group =
        issue_together(books_, requests_of_new_users(*users_, coupon_id_, group_size_));
    if (!group) return group.failure();
    issued_ += static_cast<std::int64_t>(group_size_);
    const auto housekeeping_since = clock.steady_now();
    if (auto tidied = store_->tidy(); !tidied) return tidied.failure();
    return *group + (clock.steady_now() - housekeeping_since);
}

Result<nanoseconds> EngineSale::sell_for(nanoseconds duration,
                                         rehearsal::LatencyHistogram& groups) {
    nanoseconds taken{0};
    while (taken < duration) {
        const auto group = sell_group();
        if (!group) return group.failure();
        groups.record(*group);
        taken += *group;
    }
    return taken;
}

Result<void> copy_store(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::error_code error;
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
    if (error) return Failure{FailureKind::unavailable, from.string() + ": " + error.message()};
    return sync_disk_of(to);
}

double bytes_of_files(const std::filesystem::path& folder, std::string_view ending) {
    double bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        if (!file.path().string().ends_with(ending)) continue;
        std::error_code error;
        const auto size = file.file_size(error);
        if (!error) bytes += static_cast<double>(size);  // Else it has just gone.
    }
    return bytes;
}

Result<void> audit_engine(const Engine& engine, const std::filesystem::path& folder,
                          std::int64_t expected) {
    const auto right = audit_files(engine, folder, expected);
    if (right) return right;
    return Failure{right.failure().kind, fmt::format("{}: {}", engine.name, right.failure().what)};
}

}  // namespace dibs::bench
