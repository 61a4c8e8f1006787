#include "crash/trial.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "service/verification_service.h"

namespace dibs::crash {

std::int64_t setting(const char* name, std::int64_t otherwise) {
    const char* const text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoll(text);
}

void TrialPlace::show_names() const {
    if (files_.disk().find(path_)) {
        test::write_file(path_, "");
    } else {
        std::filesystem::remove(path_);
    }
}

std::vector<std::string> verify_findings(repository::AuditSnapshot& snapshot) {
    std::vector<std::string> found;
    const auto done = service::verify(snapshot, [&](const service::CouponVerdict& verdict) {
        for (const service::Violation& violation : verdict.violations) {
            found.push_back(fmt::format("coupon {}, rule {}: {}", verdict.coupon_id.value,
                                        violation.rule, violation.row));
        }
    });
    if (!done) found.push_back("verify: " + done.failure().what);
    return found;
}

Findings judge(const std::string& path, repository::Store& store, Account& account) {
    Findings findings;
    const auto rows = read_rows(path);
    if (!rows) {
        findings.add(&Findings::lost, "the store can't be read: " + rows.failure().what);
        return findings;
    }
    findings += account.check(*rows);
    const auto snapshot = store.open_snapshot();
    if (!snapshot) {
        findings.add(&Findings::oversold, "no snapshot: " + snapshot.failure().what);
        return findings;
    }
    for (const std::string& found : verify_findings(**snapshot)) {
        findings.add(&Findings::oversold, "verify: " + found);
    }
    return findings;
}

}  // namespace dibs::crash
