#include "app/service_metrics.h"

#include <cstdint>

#include "app/build_info.h"

namespace dibs::app {

namespace {

void show_connections(metrics::Registry& registry, const http::Server& server) {
    registry.gauge("dibs_http_connections_open", "Connections that are open.",
                   [&server] { return static_cast<double>(server.counts().connections_open); });
    const auto count = [&registry, &server](const char* name, const char* help,
                                            std::uint64_t http::ServerCounts::*field) {
        registry.counted_elsewhere(
            name, help, [&server, field] { return static_cast<double>(server.counts().*field); });
    };
    using Counts = http::ServerCounts;
    count("dibs_http_requests_total", "Requests that were read whole.", &Counts::requests);
    count("dibs_http_connections_accepted_total", "Connections that were accepted.",
          &Counts::connections_accepted);
    count("dibs_http_connections_refused_total", "Connections over the limit.",
          &Counts::connections_refused);
    count("dibs_http_malformed_total", "Requests that were not HTTP as we read it.",
          &Counts::malformed);
    count("dibs_http_timed_out_total", "Connections that were too slow.", &Counts::timed_out);
}

}  // namespace

issuing::CommitterMetrics committer_metrics(metrics::Registry& registry) {
    const char* const retried = "dibs_groups_retried_total";
    const char* const retried_help = "Groups that were gone through once more, by why.";
    return {.group_size = registry.histogram("dibs_group_size", "Requests decided together.",
                                             metrics::size_bounds()),
            .commit_duration =
                registry.histogram("dibs_commit_duration_seconds",
                                   "From the opening of the books to the end of the commit.",
                                   metrics::duration_bounds()),
            .groups_committed = registry.counter("dibs_groups_committed_total",
                                                 "Groups that were made durable, one sync each."),
            .groups_in_doubt = registry.counter("dibs_groups_in_doubt_total",
                                                "Groups whose commit's fate had to be looked up."),
            .retried_conflict = registry.counter(retried, retried_help, {{"reason", "conflict"}}),
            .retried_refused = registry.counter(retried, retried_help, {{"reason", "refused"}}),
            .retried_in_doubt = registry.counter(retried, retried_help, {{"reason", "in-doubt"}})};
}

service::CompactionMetrics compaction_metrics(metrics::Registry& registry) {
    const char* const name = "dibs_compaction_runs_total";
    const char* const help = "Runs of the daily fold, by how they ended.";
    return {
        .runs_finished = registry.counter(name, help, {{"result", "finished"}}),
        .runs_failed = registry.counter(name, help, {{"result", "failed"}}),
        .events_folded = registry.counter("dibs_compaction_events_total", "Events folded."),
        .step_duration = registry.histogram("dibs_compaction_step_duration_seconds",
                                            "One step of the fold.", metrics::duration_bounds())};
}

void show_gauges(metrics::Registry& registry, const ShownParts& parts) {
    registry.gauge("dibs_build_info", "What is running.", [] { return 1.0; },
                   {{"version", std::string(version())}, {"commit", std::string(commit())}});
    registry.gauge("dibs_waiting_line_length", "Requests that wait to be decided.",
                   [&line = parts.line] { return static_cast<double>(line.length()); });
    registry.gauge("dibs_waiting_line_max", "Requests that may wait.",
                   [max = parts.waiting_max] { return static_cast<double>(max); });
    registry.gauge("dibs_sold_out_coupons", "Coupons whose refusals touch no store.",
                   [&latch = parts.latch] { return static_cast<double>(latch.closed_count()); });
    registry.gauge(
        "dibs_store_size_bytes", "What the store occupies, logs included.",
        [&store = parts.store] { return static_cast<double>(store.facts().size_bytes); });
    registry.counted_elsewhere(
        "dibs_store_statements_total", "Statements run against the store.",
        [&store = parts.store] { return static_cast<double>(store.facts().statement_count); });
    registry.counted_elsewhere(
        "dibs_store_checkpoints_total", "Copies of the log into the database.",
        [&store = parts.store] { return static_cast<double>(store.facts().checkpoint_count); });
    show_connections(registry, parts.public_server);
}

}  // namespace dibs::app
