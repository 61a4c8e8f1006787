#include "repository/compaction_repository.h"

namespace dibs::repository {

std::string_view name_of(CompactionTrigger trigger) {
    switch (trigger) {
        case CompactionTrigger::scheduler: return "scheduler";
        case CompactionTrigger::catch_up: return "catch-up";
        case CompactionTrigger::operators: return "operators";
        case CompactionTrigger::command: return "command";
    }
    return "unknown";
}

std::optional<CompactionTrigger> parse_compaction_trigger(std::string_view name) {
    for (const auto trigger : {CompactionTrigger::scheduler, CompactionTrigger::catch_up,
                               CompactionTrigger::operators, CompactionTrigger::command}) {
        if (name == name_of(trigger)) return trigger;
    }
    return std::nullopt;
}

}  // namespace dibs::repository
