#include "database/left_log.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

// The log's form is https://www.sqlite.org/fileformat2.html section 4: a header of 32 bytes, then
// frames of 24 bytes and a page. Each frame carries the log's two salts and a checksum of all
// frames up to it; the last frame of a commit says how large the database is then. As each frame's
// checksum starts from its predecessor's, two neighbours can be held against each other wherever
// they stand. Behind the first frame that doesn't add up, neighbours that do show what was there:
// where a commit's last frame has a successor, the commit had been synced before that was written.
//
// The files are SQLite's own, by way of its VFS, so that whatever stands in for them stands here,
// too.

namespace dibs::database {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

constexpr std::size_t header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::size_t smallest_page = 512;
constexpr std::size_t largest_page = 65'536;  // Stored as 1.
constexpr std::uint32_t magic = 0x377f0682;   // The lowest bit says that checksums are big-endian.

using Bytes = std::span<const std::byte>;

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
    }
    return value;
}

std::uint32_t little_endian(Bytes bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i > 0; --i) {
        value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i - 1]);
    }
    return value;
}

struct Checksum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    bool operator==(const Checksum&) const = default;
};

Checksum stored_checksum(Bytes bytes, std::size_t at) {
    return {big_endian(bytes, at), big_endian(bytes, at + 4)};
}

Checksum extend(Checksum sum, Bytes bytes, bool is_big_endian) {
    const auto word = is_big_endian ? big_endian : little_endian;
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
        sum.first += word(bytes, at) + sum.second;
        sum.second += word(bytes, at + 4) + sum.first;
    }
    return sum;
}

/// A log's bytes with the form of its frames.
class Frames {
public:
    Frames(Bytes log, std::size_t page_size, bool is_big_endian)
        : log_(log), size_(frame_header_size + page_size), is_big_endian_(is_big_endian) {}

    [[nodiscard]] std::size_t count() const {
        return log_.size() < header_size ? 0 : (log_.size() - header_size) / size_;
    }
    [[nodiscard]] std::size_t place(std::size_t number) const {
        return header_size + number * size_;
    }
    [[nodiscard]] Bytes salts(std::size_t number) const {
        return log_.subspan(place(number) + 8, 8);
    }
    [[nodiscard]] bool ends_commit(std::size_t number) const {
        return big_endian(log_, place(number) + 4) != 0;
    }
    [[nodiscard]] Checksum checksum(std::size_t number) const {
        return stored_checksum(log_, place(number) + 16);
    }
    /// Whether a frame adds up behind one with that checksum.
    [[nodiscard]] bool follows(std::size_t number, Checksum before) const {
        return sum_behind(number, before) == checksum(number);
    }
    /// The checksum that a frame must have behind one with that checksum.
    [[nodiscard]] Checksum sum_behind(std::size_t number, Checksum before) const {
        const Bytes frame = log_.subspan(place(number), size_);
        return extend(extend(before, frame.first(8), is_big_endian_),
                      frame.subspan(frame_header_size), is_big_endian_);
    }

private:
    Bytes log_;
    std::size_t size_;
    bool is_big_endian_;
};

/// Whether nothing of a frame that ends a commit is broken but its checksum, behind one with that
/// checksum: then its successor adds up behind what the checksum must have been.
bool has_follower_all_the_same(const Frames& frames, std::size_t broken, Bytes salts,
                               Checksum before) {
    const std::size_t next = broken + 1;
    return next < frames.count() && std::ranges::equal(frames.salts(next), salts) &&
           frames.ends_commit(broken) && frames.follows(next, frames.sum_behind(broken, before));
}

/// What was committed behind the frame `broken`, in the log with these salts. `before`: the
/// checksum of the frame in front of it, where that one adds up.
std::optional<LogDamage> damage_from(const Frames& frames, std::size_t broken, Bytes salts,
                                     std::optional<Checksum> before) {
    LogDamage damage{.at_byte = static_cast<std::int64_t>(frames.place(broken))};
    bool has_follower = before && has_follower_all_the_same(frames, broken, salts, *before);
    for (std::size_t i = broken; i < frames.count(); ++i) {
        if (!std::ranges::equal(frames.salts(i), salts)) continue;
        if (i > broken && frames.ends_commit(i - 1) && frames.follows(i, frames.checksum(i - 1))) {
            has_follower = true;
        }
        if (frames.ends_commit(i)) ++damage.commit_count;
    }
    if (!has_follower) return std::nullopt;
    return damage;
}

/// The damage of a log whose header adds up.
std::optional<LogDamage> damage_in_frames(Bytes log, bool is_big_endian) {
    const std::uint32_t stored_size = big_endian(log, 8);
    const Frames frames(log, stored_size == 1 ? largest_page : stored_size, is_big_endian);
    const Bytes salts = log.subspan(16, 8);
    Checksum sum = stored_checksum(log, 24);
    for (std::size_t i = 0; i < frames.count(); ++i) {
        if (!std::ranges::equal(frames.salts(i), salts) || !frames.follows(i, sum)) {
            return damage_from(frames, i, salts, sum);
        }
        sum = frames.checksum(i);
    }
    return std::nullopt;
}

/// The damage of a log whose header tells nothing: SQLite takes it for empty. Its form is found by
/// trying.
std::optional<LogDamage> damage_in_header(Bytes log) {
    for (std::size_t page = smallest_page; page <= largest_page; page *= 2) {
        for (const bool is_big_endian : {false, true}) {
            const Frames frames(log, page, is_big_endian);
            if (frames.count() == 0) continue;
            if (auto damage = damage_from(frames, 0, frames.salts(0), std::nullopt)) {
                damage->at_byte = 0;
                return damage;
            }
        }
    }
    return std::nullopt;
}

std::optional<LogDamage> damage_in(Bytes log) {
    if (log.size() < header_size) return std::nullopt;
    const bool is_big_endian = (big_endian(log, 0) & 1U) != 0;
    const bool adds_up = (big_endian(log, 0) & ~1U) == magic &&
                         extend({}, log.first(24), is_big_endian) == stored_checksum(log, 24);
    return adds_up ? damage_in_frames(log, is_big_endian) : damage_in_header(log);
}

/// The log's file, if there is one.
class LeftLogFile {
public:
    static Result<std::optional<LeftLogFile>> open(const std::string& path) {
        sqlite3_vfs* const files = sqlite3_vfs_find(nullptr);
        std::vector<char> full(static_cast<std::size_t>(files->mxPathname) + 1);
        const int named = files->xFullPathname(files, path.c_str(), files->mxPathname, full.data());
        // A link that was followed is as good. What is wrong with a path SQLite says on opening it.
        if ((named & 0xFF) != SQLITE_OK) return std::optional<LeftLogFile>();
        const std::string name = full.data();
        Name names(sqlite3_create_filename(full.data(), (name + "-journal").c_str(),
                                           (name + "-wal").c_str(), 0, nullptr),
                   sqlite3_free_filename);
        const char* const log_name = sqlite3_filename_wal(names.get());
        // Without its database a log is nobody's: SQLite throws it away.
        for (const char* const needed : {name.c_str(), log_name}) {
            int is_there = 0;
            files->xAccess(files, needed, SQLITE_ACCESS_EXISTS, &is_there);
            if (is_there == 0) return std::optional<LeftLogFile>();
        }
        LeftLogFile log(std::move(names), static_cast<std::size_t>(files->szOsFile));
        const int code = files->xOpen(files, log_name, log.file(),
                                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr);
        if (code != SQLITE_OK) return failure_of(path, code);
        return std::optional<LeftLogFile>(std::move(log));
    }

    ~LeftLogFile() {
        if (storage_ && file()->pMethods != nullptr) file()->pMethods->xClose(file());
    }
    LeftLogFile(LeftLogFile&&) noexcept = default;
    LeftLogFile& operator=(LeftLogFile&&) = delete;

    Result<std::vector<std::byte>> read(const std::string& path) {
        sqlite3_int64 size = 0;
        int code = file()->pMethods->xFileSize(file(), &size);
        if (code != SQLITE_OK) return failure_of(path, code);
        std::vector<std::byte> bytes(static_cast<std::size_t>(size));
        for (std::size_t at = 0; at < bytes.size(); at += portion_bytes) {
            code = file()->pMethods->xRead(file(), bytes.data() + at, portion(bytes, at),
                                           static_cast<sqlite3_int64>(at));
            // Where it has become shorter meanwhile, the rest reads as nothing.
            if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return failure_of(path, code);
        }
        return bytes;
    }

    Result<void> write_again(const std::string& path, const std::vector<std::byte>& bytes) {
        for (std::size_t at = 0; at < bytes.size(); at += portion_bytes) {
            const int code = file()->pMethods->xWrite(file(), bytes.data() + at, portion(bytes, at),
                                                      static_cast<sqlite3_int64>(at));
            if (code != SQLITE_OK) return failure_of(path, code);
        }
        const int code = file()->pMethods->xSync(file(), SQLITE_SYNC_FULL);
        if (code != SQLITE_OK) return failure_of(path, code);
        return {};
    }

private:
    using Name = std::unique_ptr<const char, decltype(&sqlite3_free_filename)>;
    struct alignas(std::max_align_t) Unit {
        std::array<std::byte, alignof(std::max_align_t)> bytes;
    };

    // choice: what SQLite's own files take at a time without more than one call.
    static constexpr std::size_t portion_bytes = 64 * 1024;

    LeftLogFile(Name names, std::size_t size)
        : names_(std::move(names)), storage_(std::make_unique<Unit[]>(size / sizeof(Unit) + 1)) {}

    static Failure failure_of(const std::string& path, int code) {
        return {FailureKind::unavailable, fmt::format("{}-wal: {}", path, sqlite3_errstr(code))};
    }
    static int portion(const std::vector<std::byte>& bytes, std::size_t at) {
        return static_cast<int>(std::min(portion_bytes, bytes.size() - at));
    }
    [[nodiscard]] sqlite3_file* file() const {
        return reinterpret_cast<sqlite3_file*>(storage_.get());
    }

    Name names_;  // The open file refers to it.
    std::unique_ptr<Unit[]> storage_;
};

}  // namespace

Result<std::optional<LogDamage>> find_log_damage(const std::string& path) {
    auto log = LeftLogFile::open(path);
    if (!log) return log.failure();
    if (!*log) return std::optional<LogDamage>();
    const auto bytes = (*log)->read(path);
    if (!bytes) return bytes.failure();
    return damage_in(*bytes);
}

Failure damage_failure(const std::string& path, const LogDamage& damage) {
    return {FailureKind::corrupted,
            fmt::format("the log {0}-wal is damaged at byte {1}, and {2} commits from there on "
                        "can't be read: restore a copy, or give them up with sqlite3 {0} 'PRAGMA "
                        "wal_checkpoint(TRUNCATE)'",
                        path, damage.at_byte, damage.commit_count)};
}

Result<void> settle_log(const std::string& path) {
    auto log = LeftLogFile::open(path);
    if (!log) return log.failure();
    if (!*log) return {};
    const auto bytes = (*log)->read(path);
    if (!bytes) return bytes.failure();
    return (*log)->write_again(path, *bytes);
}

}  // namespace dibs::database
