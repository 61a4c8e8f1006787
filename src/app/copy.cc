#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/complaint.h"
#include "app/plural.h"
#include "base/log.h"
#include "repository/store.h"
#include "service/copy_service.h"
#include "service/store_fingerprint.h"
#include "service/verification_service.h"

// Before anything is written the source is audited, since a store's guards would stop a copy of
// broken books somewhere in the middle. Afterwards the copy is audited, and both are held against
// each other; only then is it said to be one.

namespace dibs::app {

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;
using repository::AuditSnapshot;
using service::CopyProgress;
using service::CouponFingerprint;
using service::StoreFingerprint;

/// One line on a terminal, written over and over, and gone at the end; nothing in a pipe.
class ProgressLine {
public:
    ProgressLine() : is_terminal_(isatty(STDERR_FILENO) == 1) {}
    ~ProgressLine() { show(""); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(std::string_view text) {
        if (!is_terminal_) return;
        // Back to the line's start, and what stood there away (ECMA-48, EL).
        fmt::print(stderr, "\r\x1b[K{}", text);
        std::fflush(stderr);
    }

private:
    const bool is_terminal_;
};

/// Audits one side and counts its rows. Fails: refused (a rule is broken), unavailable, corrupted.
Result<std::int64_t> audit(std::string_view side, AuditSnapshot& snapshot) {
    std::int64_t row_count = 0;
    std::int64_t violation_count = 0;
    auto verified = service::verify(snapshot, [&](const service::CouponVerdict& verdict) {
        violation_count += verdict.violation_count;
        if (violation_count > 0) return;  // What broken books say may be any number.
        row_count += verdict.balance.head.value + verdict.balance.issued + verdict.live_event_count;
    });
    if (!verified) return verified.failure();
    if (violation_count == 0) return row_count;
    return Failure{FailureKind::refused,
                   fmt::format("the books of the {} are broken in {} place{}: see dibs verify",
                               side, violation_count, plural_of(violation_count))};
}

void print_coupon(domain::CouponId coupon_id, const CouponFingerprint& print,
                  std::string_view verdict) {
    fmt::print(
        "coupon {} \"{}\": stock {}, issued {}, history 1..{}, {} live event{}, {} registered, "
        "sha256 {}: {}\n",
        coupon_id.value, print.name, print.balance.stock, print.balance.issued,
        print.balance.head.value, print.live_event_count, plural_of(print.live_event_count),
        print.registration_count, print.sha256.substr(0, 16), verdict);
}

/// Prints every coupon of the source, and whether the target has the same. Fails: refused.
Result<void> compare(const StoreFingerprint& source, const StoreFingerprint& target) {
    for (const auto& [coupon_id, print] : source.coupons) {
        const auto found = target.coupons.find(coupon_id);
        const bool is_same = found != target.coupons.end() && found->second == print;
        print_coupon(coupon_id, print, is_same ? "the same on both sides" : "DIFFERENT");
    }
    if (source == target) return {};
    return Failure{FailureKind::refused, "the target is not the same as the source"};
}

/// A server's store can't be kept still from here: so it is looked at once more.
Result<void> expect_unmoved(const std::string& url, AuditSnapshot& copied) {
    auto now = repository::open_store_for_audit(url);
    if (!now) return now.failure();
    const auto before = service::position_of(copied);
    if (!before) return before.failure();
    const auto after = service::position_of(**now);
    if (!after) return after.failure();
    if (*before == *after) return {};
    return Failure{FailureKind::conflict,
                   "the source was written to while it was copied: stop what writes it, and run "
                   "this again; it goes on from here"};
}

Result<CopyProgress> bring_over(AuditSnapshot& source, repository::StoreImport& target) {
    ProgressLine line;
    line.show("reading the source …");
    const auto row_count = audit("source", source);
    if (!row_count) return row_count.failure();
    return service::copy_store(source, target, [&](const CopyProgress& progress) {
        line.show(fmt::format("{} of {} rows …", progress.row_count, *row_count));
    });
}

Result<void> check(AuditSnapshot& source, repository::StoreImport& target) {
    const auto copied = target.open_snapshot();
    if (!copied) return copied.failure();
    const auto [source_print, target_print] = [&] {
        ProgressLine line;
        line.show("comparing both sides …");
        auto of_source = service::fingerprint_of(source);
        return std::pair(std::move(of_source), service::fingerprint_of(**copied));
    }();
    if (!source_print) return source_print.failure();
    if (!target_print) return target_print.failure();
    if (auto same = compare(*source_print, *target_print); !same) return same;
    const auto audited = audit("target", **copied);
    if (!audited) return audited.failure();
    return {};
}

}  // namespace

ExitCode copy(const CopyCommand& command) {
    base::log::write_to_standard_error();
    auto source = repository::open_store_to_copy(command.from);
    if (!source) return complain(source.failure());
    auto target = repository::open_store_to_import(command.to);
    if (!target) return complain(target.failure());

    const auto copied = bring_over(**source, **target);
    if (!copied) return complain(copied.failure());
    if (auto same = check(**source, **target); !same) return complain(same.failure());
    if (auto unmoved = expect_unmoved(command.from, **source); !unmoved) {
        return complain(unmoved.failure());
    }
    fmt::print("{} coupon{} with {} row{} copied, {} of them now; both sides verified.\n",
               copied->coupon_count, plural_of(copied->coupon_count), copied->row_count,
               plural_of(copied->row_count), copied->copied_row_count);
    return ExitCode::done;
}

}  // namespace dibs::app
