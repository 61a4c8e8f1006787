#include "support/simulated_disk.h"

#include <algorithm>
#include <utility>

// Method: a file is kept twice, and what lies between the two is a list of changes. A sync applies
// the list to the durable copy; a power cut applies some of it, by chance.

namespace dibs::test {

namespace {

constexpr std::size_t sector_size_bytes = 512;  // What every disk writes whole or not at all.

void put(std::vector<std::byte>& content, std::size_t at, std::span<const std::byte> bytes) {
    if (content.size() < at + bytes.size()) content.resize(at + bytes.size());
    std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(at));
}

void apply(std::vector<std::byte>& content, const SimulatedFile::Change& change) {
    if (const auto* const write = std::get_if<SimulatedFile::Write>(&change)) {
        put(content, write->at, write->bytes);
    } else {
        content.resize(std::get<SimulatedFile::Truncation>(change).size);
    }
}

bool toss(Random& random, double chance) {
    return std::bernoulli_distribution(chance)(random);
}

/// Applies those sectors of a write that chance has left.
void apply_sectors(std::vector<std::byte>& content, const SimulatedFile::Write& write,
                   Random& random, double chance) {
    const std::span<const std::byte> bytes = write.bytes;
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t at = write.at + done;
        const std::size_t left_in_sector = sector_size_bytes - at % sector_size_bytes;
        const std::size_t size = std::min(left_in_sector, bytes.size() - done);
        if (toss(random, chance)) put(content, at, bytes.subspan(done, size));
        done += size;
    }
}

std::vector<std::byte> content_after_power_loss(const SimulatedFile& file, Random& random,
                                                Remains remains) {
    std::vector<std::byte> content = file.synced;
    // choice: anything from nearly nothing to nearly all, so that a lost change among many kept
    // ones is as likely as the other way round.
    const double chance = std::uniform_real_distribution<>(0.05, 0.95)(random);
    for (const SimulatedFile::Change& change : file.unsynced) {
        const auto* const write = std::get_if<SimulatedFile::Write>(&change);
        switch (remains) {
            case Remains::nothing: break;
            case Remains::all: apply(content, change); break;
            case Remains::writes:
                if (toss(random, chance)) apply(content, change);
                break;
            case Remains::sectors:
                if (write != nullptr) {
                    apply_sectors(content, *write, random, chance);
                } else if (toss(random, chance)) {
                    apply(content, change);
                }
                break;
        }
    }
    return content;
}

SimulatedDisk::File durable_file(std::vector<std::byte> content) {
    auto file = std::make_shared<SimulatedFile>();
    file->seen = content;
    file->synced = std::move(content);
    return file;
}

}  // namespace

SimulatedDisk::File SimulatedDisk::find(const std::string& name) const {
    const auto found = seen_.find(name);
    return found == seen_.end() ? nullptr : found->second;
}

SimulatedDisk::File SimulatedDisk::create(const std::string& name) {
    auto file = std::make_shared<SimulatedFile>();
    unsynced_.push_back({name, file});
    apply(seen_, unsynced_.back());
    return file;
}

void SimulatedDisk::remove(const std::string& name) {
    unsynced_.push_back({name, nullptr});
    apply(seen_, unsynced_.back());
}

void SimulatedDisk::sync_directory() {
    for (const EntryChange& change : unsynced_) apply(synced_, change);
    unsynced_.clear();
}

void SimulatedDisk::write(SimulatedFile& file, std::size_t at, std::span<const std::byte> bytes) {
    put(file.seen, at, bytes);
    file.unsynced.emplace_back(SimulatedFile::Write{at, {bytes.begin(), bytes.end()}});
}

void SimulatedDisk::truncate(SimulatedFile& file, std::size_t size) {
    file.seen.resize(size);
    file.unsynced.emplace_back(SimulatedFile::Truncation{size});
}

void SimulatedDisk::sync(SimulatedFile& file) {
    for (const SimulatedFile::Change& change : file.unsynced) {
        dibs::test::apply(file.synced, change);
    }
    file.unsynced.clear();
    if (std::exchange(file.entry_is_to_sync, false)) sync_directory();
}

void SimulatedDisk::lose_power(Random& random, Remains remains) {
    // Directories are kept in order: so many of the changes have reached the disk, and none after.
    const std::size_t most = remains == Remains::nothing ? 0 : unsynced_.size();
    const std::size_t kept = remains == Remains::all
                                 ? most
                                 : std::uniform_int_distribution<std::size_t>(0, most)(random);
    for (const EntryChange& change : std::span(unsynced_).first(kept)) apply(synced_, change);
    unsynced_.clear();
    for (auto& [name, file] : synced_) {
        file = durable_file(content_after_power_loss(*file, random, remains));
    }
    seen_ = synced_;
}

SimulatedDisk SimulatedDisk::copy() const {
    SimulatedDisk copied;
    for (const auto& [name, file] : seen_) copied.seen_[name] = durable_file(file->seen);
    copied.synced_ = copied.seen_;
    return copied;
}

std::vector<std::byte> SimulatedDisk::bytes_of(const std::string& name) const {
    const File file = find(name);
    return file ? file->seen : std::vector<std::byte>();
}

std::vector<std::string> SimulatedDisk::names() const {
    std::vector<std::string> names;
    for (const auto& [name, file] : seen_) names.push_back(name);
    return names;
}

void SimulatedDisk::apply(Entries& entries, const EntryChange& change) {
    if (change.file) {
        entries[change.name] = change.file;
    } else {
        entries.erase(change.name);
    }
}

}  // namespace dibs::test
