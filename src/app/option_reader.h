#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/value_spelling.h"
#include "base/instant.h"

namespace dibs::app {

/// Reads the options that a command was given, and remembers the first thing that is wrong with
/// them: whoever reads goes on, and asks once at the end.
class OptionReader {
public:
    using Texts = std::map<std::string, std::string, std::less<>>;

    /// `given` by name; `defaults` stand in for what was not. `now` is what moments count from.
    OptionReader(Texts given, Texts defaults, base::Instant now);

    /// Whether it was given; a default does not count.
    [[nodiscard]] bool has(std::string_view name) const;

    /// The text, or its default; nothing if there is neither.
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;

    /// What cannot be read is complained about; the result is then nothing or 0.
    [[nodiscard]] std::optional<std::int64_t> whole_number(std::string_view name, std::int64_t min,
                                                           std::int64_t max);
    [[nodiscard]] std::size_t count(std::string_view name, std::size_t min, std::size_t max);
    [[nodiscard]] std::int64_t coupon_id(std::string_view name);
    [[nodiscard]] Endpoint endpoint(std::string_view name);
    [[nodiscard]] Endpoint http_address(std::string_view name);
    /// Of an option that is repeatable: one or more.
    [[nodiscard]] std::vector<Endpoint> http_addresses(std::string_view name);
    [[nodiscard]] std::optional<std::chrono::seconds> duration(std::string_view name);
    [[nodiscard]] std::optional<base::Instant> moment(std::string_view name);
    [[nodiscard]] std::string user(std::string_view name);

    /// Says what is wrong with the options together; the first complaint stays.
    void complain(std::string complaint);
    /// The first thing that was wrong; nothing if all is well.
    [[nodiscard]] const std::optional<std::string>& complaint() const { return complaint_; }

private:
    void complain_about(std::string_view name, std::string_view expected);

    const Texts given_;
    const Texts defaults_;
    const base::Instant now_;
    std::optional<std::string> complaint_;
};

}  // namespace dibs::app
