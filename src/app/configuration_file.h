#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace dibs::app {

/// A value of a configuration file, as a flag would spell it, and where it stands:
/// `dibs.toml line 3`.
struct FileValue {
    std::string text;
    std::string origin;
};

/// Reads a TOML file of settings: `name = value` lines, the names with dashes or underscores, the
/// values texts, whole numbers, true or false. By setting name. Blocks on the disk.
/// Fails: unavailable (the file can't be read), invalid (it is no TOML, has a name that is no
/// setting's, a value that no setting takes, or the same name twice); with one line that begins
/// with `path`, and the line's number where there is one.
[[nodiscard]] base::Result<std::map<std::string, FileValue, std::less<>>> read_configuration_file(
    const std::string& path);

/// The same of a file's text. Fails: invalid, with a line that begins with `path`.
[[nodiscard]] base::Result<std::map<std::string, FileValue, std::less<>>> read_configuration(
    const std::string& text, const std::string& path);

}  // namespace dibs::app
