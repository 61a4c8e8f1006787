#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_client.h"
#include "base/instant.h"
#include "base/result.h"
#include "load/goal.h"
#include "load/processor_times.h"
#include "load/service_process.h"
#include "rehearsal/audit.h"

namespace dibs::bench {

/// A folder of one's own, which goes with this object.
class TemporaryFolder {
public:
    /// Fails: unavailable.
    [[nodiscard]] static base::Result<TemporaryFolder> make(const std::filesystem::path& in);
    ~TemporaryFolder();
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

/// What is counted of a service's calls, from outside.
enum class Counted : std::uint8_t {
    nothing,
    syncs,
    every_call,  ///< Syncs, system calls and allocations; the service is slower for it.
};

/// How a shop differs from the defaults.
struct ShopOrder {
    std::vector<std::string> flags;  ///< Of `dibs serve`.
    Counted counted = Counted::nothing;
    std::string store = {};  ///< The URL of a store that is there; empty: a new one on SQLite.
};

/// What a service has asked of the kernel and the allocator; 0 where that is not counted.
struct CallCounts {
    std::uint64_t syncs = 0;         ///< Of the disk, by fsync or fdatasync.
    std::uint64_t system_calls = 0;  ///< Of sockets, files and epoll.
    std::uint64_t allocations = 0;
};

/// What a shop's service has done since it began.
struct ShopCounts {
    CallCounts calls;
    double statements = 0;
};

/// A run of the compaction, once it has finished.
struct FoldRun {
    base::Instant started_at;
    base::Instant finished_at;
    std::int64_t events_in = 0;
    std::int64_t steps = 0;
};

/// A shop to be measured: a store, `dibs serve` over it in a process of its own, and the operators'
/// side of it. Unless another is named, the store is empty and lies on the workshop's disk. Callers
/// are believed by the trusted header. Belongs to one thread.
class Shop {
public:
    /// Fails: unavailable.
    [[nodiscard]] static base::Result<Shop> open(const Workshop& workshop,
                                                 const ShopOrder& order = {});

    [[nodiscard]] const app::Endpoint& address() const { return service_.public_endpoint(); }
    [[nodiscard]] const ServiceProcess& service() const { return service_; }

    /// Announces a coupon that is open now, one for each user. Fails: unavailable.
    [[nodiscard]] base::Result<std::int64_t> offer(std::int64_t stock);

    /// What the operators' API says of a coupon; valid as long as this object stays where it is.
    [[nodiscard]] rehearsal::StoredBooks books_of(std::int64_t coupon_id);

    /// The value of a metric without labels. Fails: unavailable, corrupted (there is none).
    [[nodiscard]] base::Result<double> metric(std::string_view name);

    /// Fails: as `metric`.
    [[nodiscard]] base::Result<ShopCounts> counts();

    /// Asks for a fold of all that was created before that moment; the run's number. It goes on
    /// beside whatever comes next. Fails: unavailable.
    [[nodiscard]] base::Result<std::int64_t> begin_fold(base::Instant until);
    /// Waits until a run has finished. Fails: unavailable, expired.
    [[nodiscard]] base::Result<FoldRun> wait_for_fold(std::int64_t run);

    /// What the service's threads have cost so far.
    [[nodiscard]] ProcessorTimes processor_times() const {
        return read_processor_times(service_.id());
    }

    [[nodiscard]] CallCounts calls() const;

    /// Ends the service and verifies its store.
    /// Fails: unavailable (it ended badly), corrupted (`dibs verify` found something).
    [[nodiscard]] base::Result<void> close();
    /// Ends the service, where the store is others' as well and still served.
    /// Fails: unavailable (it ended badly).
    [[nodiscard]] base::Result<void> leave() { return service_.stop(); }

private:
    Shop(std::filesystem::path dibs, std::string store, TemporaryFolder folder,
         ServiceProcess service);

    std::filesystem::path dibs_;
    std::string store_;
    TemporaryFolder folder_;  ///< Before the service, so that it goes after it.
    ServiceProcess service_;
    app::AdminClient operators_;
};

}  // namespace dibs::bench
