#include <boost/json.hpp>
#include <string_view>

#include "base/instant.h"
#include "rehearsal/report.h"

namespace dibs::rehearsal {

namespace {

namespace json = boost::json;
using std::chrono::nanoseconds;

json::string text(std::string_view value) {
    return json::string(value.data(), value.size());
}

double seconds(nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

json::object target_of(const CrowdOptions& options) {
    json::object target;
    target["host"] = text(options.host);
    target["port"] = options.port;
    json::array nodes;
    for (const NodeAddress& node : nodes_of(options)) nodes.push_back(text(authority_of(node)));
    target["nodes"] = std::move(nodes);
    target["method"] = text(options.method);
    target["path"] = text(options.path);
    target["couponId"] = options.coupon_id;
    return target;
}

json::object connections_of(const CrowdResult& result) {
    json::object connections;
    connections["wanted"] = result.connections_wanted;
    connections["open"] = result.connections_open;
    connections["reopened"] = result.reconnections;
    connections["openedAfter"] = seconds(result.connecting_took);
    return connections;
}

json::object requests_of(const CrowdResult& result) {
    json::object requests;
    requests["sent"] = result.sent;
    requests["answered"] = result.answered();
    requests["unanswered"] = result.unanswered();
    requests["cutOff"] = result.cut_off;
    requests["timedOut"] = result.timed_out;
    requests["malformed"] = result.malformed;
    requests["neverSent"] = result.never_sent;
    return requests;
}

json::array outcomes_of(const CrowdResult& result) {
    json::array outcomes;
    for (const OutcomeCount& outcome : result.outcomes) {
        json::object row;
        row["kind"] = text(name_of(outcome.kind));
        row["status"] = outcome.status;
        if (!outcome.code.empty()) row["code"] = text(outcome.code);
        row["count"] = outcome.count;
        outcomes.push_back(std::move(row));
    }
    return outcomes;
}

json::object latency_of(const LatencyHistogram& histogram) {
    json::object latency;
    latency["count"] = histogram.count();
    latency["mean"] = seconds(histogram.mean());
    latency["p50"] = seconds(histogram.percentile(50));
    latency["p90"] = seconds(histogram.percentile(90));
    latency["p99"] = seconds(histogram.percentile(99));
    latency["p99.9"] = seconds(histogram.percentile(99.9));
    latency["max"] = seconds(histogram.longest());
    return latency;
}

json::object latencies_of(const CrowdResult& result) {
    json::object latencies;
    latencies["all"] = latency_of(result.latency_of_all());
    for (std::size_t i = 0; i < answer_kind_count; ++i) {
        const auto kind = static_cast<AnswerKind>(i);
        if (result.count_of(kind) == 0) continue;
        const std::string_view name = name_of(kind);
        latencies[json::string_view(name.data(), name.size())] =
            latency_of(result.latency_of(kind));
    }
    return latencies;
}

json::object row_of(const Finding& finding) {
    json::object row;
    if (!finding.user.empty()) row["user"] = text(finding.user);
    if (!finding.registration_id.empty()) row["id"] = text(finding.registration_id);
    if (finding.rank != 0) row["rank"] = finding.rank;
    row["what"] = text(finding.what);
    return row;
}

json::object audit_of(const AuditReport& audit) {
    json::object verdict;
    verdict["isClean"] = audit.is_clean();
    verdict["acknowledged"] = audit.acknowledged;
    verdict["replayed"] = audit.replayed;
    verdict["unknown"] = audit.unknown;
    if (audit.stored) verdict["stored"] = *audit.stored;
    if (!audit.books_unread.empty()) verdict["booksUnread"] = text(audit.books_unread);
    json::array checks;
    for (const CheckResult& check : audit.checks) {
        json::object row;
        row["check"] = text(name_of(check.check));
        row["wasMade"] = check.was_made;
        json::array findings;
        for (const Finding& finding : check.findings) findings.push_back(row_of(finding));
        row["findings"] = std::move(findings);
        checks.push_back(std::move(row));
    }
    verdict["checks"] = std::move(checks);
    return verdict;
}

}  // namespace

std::string report_as_json(const CrowdOptions& options, const CrowdResult& result,
                           const std::optional<AuditReport>& audit) {
    json::object report;
    report["target"] = target_of(options);
    report["mode"] = text(name_of(options.mode));
    report["users"] = options.user_count;
    report["requestsPerUser"] = options.requests_per_user;
    if (options.mode == CrowdMode::open_loop) {
        report["requestsPerSecond"] = options.requests_per_second;
    }
    report["startedAt"] = text(base::to_rfc3339(result.started_at));
    report["elapsed"] = seconds(result.elapsed);
    report["firstWave"] = seconds(result.first_wave_took);
    report["wasStopped"] = result.was_stopped;
    report["connections"] = connections_of(result);
    report["requests"] = requests_of(result);
    report["answersPerSecond"] = result.answers_per_second();
    report["outcomes"] = outcomes_of(result);
    report["latency"] = latencies_of(result);
    report["processorTime"] = seconds(result.processor_time);
    json::array notes;
    for (const std::string& note : result.notes) notes.push_back(text(note));
    report["notes"] = std::move(notes);
    if (audit) report["audit"] = audit_of(*audit);
    return json::serialize(report);
}

}  // namespace dibs::rehearsal
