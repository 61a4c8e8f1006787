#pragma once

#include <optional>
#include <string>

#include "rehearsal/audit.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/crowd_result.h"

namespace dibs::rehearsal {

/// Whether a report for people may use a terminal's colours.
enum class Colours : std::uint8_t { none, ansi };

/// What a crowd came to, on one screen for people: who got what, how long it took, and what the
/// audit says. Ends with a line feed. UTF-8.
[[nodiscard]] std::string report_as_text(const CrowdOptions& options, const CrowdResult& result,
                                         const std::optional<AuditReport>& audit, Colours colours);

/// The same and every finding, for machines: one JSON object on one line, durations in seconds.
[[nodiscard]] std::string report_as_json(const CrowdOptions& options, const CrowdResult& result,
                                         const std::optional<AuditReport>& audit);

}  // namespace dibs::rehearsal
