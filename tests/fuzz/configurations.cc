// Goal: any file for --config is read or refused in one line that says where. Method: the input is
// the file, in memory; the settings that were read have names and values, and refusals have one
// line.

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/configuration_file.h"
#include "fuzz/fuzzing.h"

using dibs::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // One file, written over and over: to make one for each input costs more than to read it.
    static const int file = memfd_create("dibs.toml", MFD_CLOEXEC);
    static const std::string path = fmt::format("/proc/self/fd/{}", file);
    require(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
            "the file can be written");
    const auto values = dibs::app::read_configuration_file(path);
    if (!values) {
        const std::string& what = values.failure().what;
        require(what.starts_with(path), "a refusal names the file");
        require(what.find('\n') == std::string::npos, "a refusal is one line");
        return 0;
    }
    for (const auto& [name, value] : *values) {
        require(!name.empty() && name.find('_') == std::string::npos,
                "a name is spelled by dashes");
        require(value.origin.starts_with(path), "a value says where it stands");
    }
    return 0;
}
