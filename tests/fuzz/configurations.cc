// Goal: any file for --config is read or refused in one line that says where. Method: the input is
// the file's text; the settings that were read have names and places, and refusals have one line.

#include "app/configuration_file.h"
#include "fuzz/fuzzing.h"

using dibs::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(dibs::fuzz::text_of(data, size));
    const auto values = dibs::app::read_configuration(text, "dibs.toml");
    if (!values) {
        const std::string& what = values.failure().what;
        require(what.starts_with("dibs.toml line "), "a refusal says where");
        require(what.find('\n') == std::string::npos, "a refusal is one line");
        return 0;
    }
    for (const auto& [name, value] : *values) {
        require(!name.empty() && name.find('_') == std::string::npos,
                "a name is spelled by dashes");
        require(value.origin.starts_with("dibs.toml line "), "a value says where it stands");
    }
    return 0;
}
