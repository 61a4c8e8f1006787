#pragma once

#include <cstddef>

#include "http/server.h"
#include "issuing/group_committer.h"
#include "issuing/sold_out_latch.h"
#include "issuing/waiting_line.h"
#include "metrics/registry.h"
#include "repository/store.h"
#include "service/compaction_service.h"

// What a service measures, by the names that stand in docs/reference/metrics.md. What an answer
// counts is the controllers' own (controller::IssueMetrics).

namespace dibs::app {

[[nodiscard]] issuing::CommitterMetrics committer_metrics(metrics::Registry& registry);
[[nodiscard]] service::CompactionMetrics compaction_metrics(metrics::Registry& registry);

/// The parts that are asked how they are whenever the page of metrics is shown. All must outlive
/// the registry's last page.
struct ShownParts {
    const issuing::WaitingLine& line;
    std::size_t waiting_max;
    const issuing::SoldOutLatch& latch;
    repository::Store& store;
    const http::Server& public_server;  ///< The other one serves the page.
};

void show_gauges(metrics::Registry& registry, const ShownParts& parts);

}  // namespace dibs::app
