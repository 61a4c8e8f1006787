#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace dibs::test {

using Random = std::mt19937_64;

/// A file as a machine has it: what its processes see, what the disk has for certain, and every
/// change between the two.
struct SimulatedFile {
    struct Write {
        std::size_t at;
        std::vector<std::byte> bytes;
    };
    struct Truncation {
        std::size_t size;
    };
    using Change = std::variant<Write, Truncation>;

    std::vector<std::byte> seen;    ///< In the page cache.
    std::vector<std::byte> synced;  ///< On the disk, whatever happens.
    std::vector<Change> unsynced;   ///< In their order; each may or may not have reached the disk.
    bool entry_is_to_sync = false;  ///< Its first sync syncs its directory, too (as SQLite does
                                    ///< for a log that it made).
};

/// How much of what was not synced is found after the power was off.
enum class Remains : std::uint8_t {
    nothing,  ///< None of it.
    all,      ///< All of it.
    writes,   ///< Any of the writes, each whole, whatever came before or after it.
    sectors,  ///< Any of the 512-byte sectors of any of the writes.
};

/// A disk in memory with the promises of a real one and no more: what was synced stays, and of
/// everything else nobody knows. Used under its owner's lock.
class SimulatedDisk {
public:
    using File = std::shared_ptr<SimulatedFile>;

    /// The file of that name, or null.
    [[nodiscard]] File find(const std::string& name) const;
    /// Makes an empty one in its place; its name is durable once its directory is synced.
    File create(const std::string& name);
    void remove(const std::string& name);
    void sync_directory();

    static void write(SimulatedFile& file, std::size_t at, std::span<const std::byte> bytes);
    static void truncate(SimulatedFile& file, std::size_t size);
    void sync(SimulatedFile& file);
    /// What a kernel does when a sync fails: the pages are taken for clean, so what is seen stays
    /// seen, and never reaches the disk unless it is written anew.
    static void fail_sync(SimulatedFile& file) { file.unsynced.clear(); }

    /// The power goes and comes back. Files that are open keep what they had, for nobody.
    void lose_power(Random& random, Remains remains);

    /// The same files with nothing shared, everything synced: as copied by a careful operator.
    [[nodiscard]] SimulatedDisk copy() const;

    /// What processes see of a file; empty if there is none.
    [[nodiscard]] std::vector<std::byte> bytes_of(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names() const;

private:
    using Entries = std::map<std::string, File>;
    struct EntryChange {
        std::string name;
        File file;  // Null: removed.
    };
    static void apply(Entries& entries, const EntryChange& change);

    Entries seen_;
    Entries synced_;
    std::vector<EntryChange> unsynced_;  // File systems keep these in their order.
};

}  // namespace dibs::test
