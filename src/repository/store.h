#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "repository/audit_snapshot.h"
#include "repository/compaction_repository.h"
#include "repository/coupon_repository.h"
#include "repository/store_import.h"

namespace dibs::repository {

/// What a store tells of itself. A moment's readings.
struct StoreFacts {
    std::int64_t schema_number = 0;
    std::uint64_t size_bytes = 0;       ///< What it occupies, logs included.
    std::uint64_t statement_count = 0;  ///< Statements run since it was opened.
    std::uint64_t checkpoint_count = 0;
    std::uint64_t round_trip_count = 0;  ///< Waits for a server's answer; 0 for an embedded store.
    /// What an acknowledged write outlives here, in a sentence for operators.
    std::string durability;
};

/// Tells when others append to streams that this process believes to stand still.
///
/// Belongs to one thread.
class StreamWatch {
public:
    /// How long the store has for the answer to a look. Not as long as a request may wait: what
    /// isn't known of a stream for so long can't be believed any more. choice: a look walks to the
    /// end of each closed coupon's stream, which takes milliseconds; and with an answer before it
    /// and a wait between them it is less than a second (`issuing::LatchWatch`).
    static constexpr std::chrono::milliseconds answer_time{300};

    virtual ~StreamWatch() = default;

    /// Blocks until somebody says that a stock was added to, or until `patience` has passed; then
    /// for `answer_time` at the longest, and gives those of `known` whose stream doesn't end at the
    /// place that is given for it any more.
    /// Fails: unavailable (no answer in time, too).
    [[nodiscard]] virtual base::Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) = 0;
};

/// Who has a store open, in the words that a second one is refused with.
struct StoreOwner {
    std::string role;     ///< `serve`, `compact`, …
    std::string call_at;  ///< Where its operators' API answers; empty if it has none.
};

/// A place where everything is kept, opened once per process.
///
/// Every method may be called from any thread.
class Store {
public:
    virtual ~Store() = default;

    [[nodiscard]] virtual CouponRepository& coupons() = 0;
    [[nodiscard]] virtual CompactionRepository& compactions() = 0;

    /// What one transaction can be about, and so what a group may hold.
    [[nodiscard]] virtual GroupScope group_scope() const = 0;

    /// Whether other processes may write to it while this one has it open.
    [[nodiscard]] virtual bool has_other_writers() const = 0;

    /// A look at what other processes write, for each of the store's servers in their order
    /// (`ShardPlace`), so that one that is silent hides nobody else's streams; none where nobody
    /// else writes. Blocks for nothing.
    [[nodiscard]] virtual std::vector<std::unique_ptr<StreamWatch>> watch_streams() = 0;

    /// Everything at one moment, for an audit. Fails: unavailable.
    [[nodiscard]] virtual base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() = 0;

    /// Whether it answers and its schema is the one that this binary knows. Blocks for one read.
    /// Fails: unavailable, invalid (another schema).
    [[nodiscard]] virtual base::Result<void> check() = 0;

    [[nodiscard]] virtual StoreFacts facts() = 0;

    /// Gives the store a moment for its housekeeping between two groups; `others_wait` says that
    /// somebody is waiting for the next one, so that only what can't be put off is done. Fails:
    /// unavailable.
    [[nodiscard]] virtual base::Result<void> tidy(bool others_wait) = 0;

    /// Says where this owner's operators' API answers, for whoever is refused later.
    virtual void announce(const StoreOwner& owner) = 0;
};

/// What a migration did.
struct MigrationReport {
    std::int64_t from_number = 0;
    std::int64_t to_number = 0;
};

/// How a store is opened. All but the first is for one that is reached over the network.
struct StoreOptions {
    /// Whether a store in a file is made if there is none of that name.
    bool may_be_made = true;
    /// The most connections that write at once, and that read at once.
    std::size_t writers_max = 4;
    std::size_t readers_max = 2;
    /// The longest that one transaction, or one read, takes at a server: the wait for a connection,
    /// making one, the lock, the commit and the standby are all in it.
    std::chrono::milliseconds patience{5'000};
    /// Whether a server is accepted that loses what it acknowledged when its machine stops.
    bool allows_fsync_off = false;
    /// Whether this process brings what was written into the listings by user, where a store is
    /// several servers. Where nobody does they are as right, and slower.
    bool fills_listings = true;
};

/// Opens the store that `url` names and brings its schema up to date: `sqlite:PATH` as its one
/// owner, `postgresql://…` beside others; several of those, with spaces between them, are the
/// servers of one store. Fails: invalid (not a store's URL; a schema newer than this binary knows;
/// a server that promises too little; a role that may not do what is needed), unavailable (somebody
/// else owns it: the text says who and what to call instead; the server can't be reached; a copy
/// into it was not finished), conflict (others change its schema or its servers' places all the
/// while; the next call may succeed), refused (this role may not write the servers' places),
/// corrupted.
[[nodiscard]] base::Result<std::unique_ptr<Store>> open_store(const std::string& url,
                                                              const StoreOwner& owner,
                                                              const StoreOptions& options = {});

/// Opens a store to read it, beside its owner or without one. It changes nothing, not even the
/// schema. Fails: as `open_store`, but for the owner.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_store_for_audit(
    const std::string& url);

/// Opens a store to copy all of it elsewhere. Where a store has one owner, this is it until the
/// snapshot goes, so that nobody writes meanwhile; beside a server's other writers the snapshot
/// stays what it was. Fails: as `open_store_for_audit`, and unavailable if somebody else owns it,
/// or if a copy into it was not finished.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_store_to_copy(
    const std::string& url);

/// Opens the store that another one's rows are to come into, makes it if it isn't there, and brings
/// its schema up to date. Fails: as `open_store`.
[[nodiscard]] base::Result<std::unique_ptr<StoreImport>> open_store_to_import(
    const std::string& url);

/// Brings the schema of the store up to date and says what was done. Fails: as `open_store`, and
/// refused where this role may not.
[[nodiscard]] base::Result<MigrationReport> migrate_store(const std::string& url);

/// The path of the database file behind `url`; nothing if it is not kept in a file.
[[nodiscard]] std::optional<std::string> file_of_store(const std::string& url);

}  // namespace dibs::repository
