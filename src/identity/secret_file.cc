#include "identity/secret_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/ensure.h"
#include "base/log.h"
#include "identity/base64url.h"
#include "identity/file_text.h"
#include "identity/open_file.h"

namespace dibs::identity {

namespace {

// Choice: more than any secret has; a file beyond it is not one.
constexpr std::size_t secret_file_size_max_bytes = 64 * 1024;

// As many random bytes as HS256 has use for (RFC 7518 section 3.2).
constexpr std::size_t generated_size_bytes = 32;

base::Failure failure_of_system(const std::string& what) {
    return {base::FailureKind::unavailable,
            what + ": " + std::error_code(errno, std::generic_category()).message()};
}

void cut_one_newline(std::string& text) {
    if (text.ends_with("\r\n")) {
        text.resize(text.size() - 2);
    } else if (text.ends_with('\n')) {
        text.pop_back();
    }
}

std::string random_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    const bool is_random = RAND_priv_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                                           static_cast<int>(size)) == 1;
    base::ensure(is_random, "the machine gives random bytes");
    return bytes;
}

/// Writes `text` into a new file that only the owner may read, down to the disk.
base::Result<void> write_new_file(const std::string& path, std::string_view text) {
    const OpenFile file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!file.is_open()) return failure_of_system(path + ": cannot be created");
    while (!text.empty()) {
        const ssize_t written = ::write(file.descriptor(), text.data(), text.size());
        if (written < 0) return failure_of_system(path + ": cannot be written");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file.descriptor()) != 0) return failure_of_system(path + ": cannot be synced");
    return {};
}

/// Makes the names in `folder` durable.
base::Result<void> sync_folder(const std::string& folder) {
    const OpenFile opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.is_open() || ::fsync(opened.descriptor()) != 0) {
        return failure_of_system(folder + ": cannot be synced");
    }
    return {};
}

}  // namespace

Secret::Secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}

Secret::~Secret() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Secret& Secret::operator=(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
}

std::string_view Secret::bytes() const {
    return {bytes_.data(), bytes_.size()};
}

base::Result<Secret> load_secret(const std::string& path) {
    base::Result<FileText> file = read_file(path, secret_file_size_max_bytes);
    if (!file) return file.failure();
    if (file->is_readable_by_others) {
        base::log::warning("secret-file-readable-by-others",
                           {{"path", path}, {"advice", "chmod 600"}});
    }
    std::string& text = file->text;
    cut_one_newline(text);
    const std::size_t size = text.size();
    Secret secret(text);
    OPENSSL_cleanse(text.data(), text.size());
    if (size < secret_size_min_bytes) {
        return base::Failure{base::FailureKind::invalid,
                             path + ": a secret of " + std::to_string(size) +
                                 " bytes is too short for HS256, which needs " +
                                 std::to_string(secret_size_min_bytes) + " or more"};
    }
    return secret;
}

// What can't be looked at is not missing, nor is a link that leads nowhere: whoever reads it says
// what is wrong with it.
bool is_secret_missing(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() ==
           std::filesystem::file_type::not_found;
}

// The text goes into a file of another name first; `link` then gives it its own name, in one step
// and only if nobody has that name yet. (`rename` would replace a file that appeared meanwhile.)
base::Result<void> generate_secret_file(const std::string& path) {
    const std::string draft = path + ".new-" + encode_base64url(random_bytes(6));
    std::string text = encode_base64url(random_bytes(generated_size_bytes)) + '\n';
    const base::Result<void> written = write_new_file(draft, text);
    OPENSSL_cleanse(text.data(), text.size());
    if (!written) {
        ::unlink(draft.c_str());
        return written.failure();
    }
    const int linked = ::link(draft.c_str(), path.c_str());
    const int link_error = errno;
    ::unlink(draft.c_str());
    if (linked != 0) {
        if (link_error == EEXIST) {
            return base::Failure{base::FailureKind::refused, path + ": there is a file already"};
        }
        errno = link_error;
        return failure_of_system(path + ": cannot be created");
    }
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    return sync_folder(folder.empty() ? "." : folder.string());
}

base::Result<Secret> load_or_generate_secret(const std::string& path) {
    if (is_secret_missing(path)) {
        const base::Result<void> generated = generate_secret_file(path);
        // Refused: another process was faster, and its secret is as good as ours.
        if (!generated && generated.failure().kind != base::FailureKind::refused) {
            return generated.failure();
        }
        if (generated) base::log::info("key-generated", {{"file", path}});
    }
    return load_secret(path);
}

}  // namespace dibs::identity
