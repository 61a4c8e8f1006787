#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/ensure.h"
#include "base/guarded.h"
#include "issuing/pending_issue.h"

namespace dibs::test {

/// A desk that keeps every answer, call by call. Any thread may ask.
class CollectingDesk final : public issuing::AnswerDesk {
public:
    using Call = std::vector<issuing::IssueAnswer>;

    void take(std::vector<issuing::IssueAnswer> answers) override {
        calls_.with([&](std::vector<Call>& calls) { calls.push_back(std::move(answers)); });
        calls_.notify_all();
    }

    /// All calls so far.
    [[nodiscard]] std::vector<Call> calls() const {
        return calls_.with([](const std::vector<Call>& calls) { return calls; });
    }

    /// Blocks until so many answers have come, and gives all that have, by ticket. Stops the test
    /// if they don't come in time, or if one ticket is answered twice.
    [[nodiscard]] std::map<std::uint64_t, base::Result<issuing::IssueResult>> wait_for(
        std::size_t count) {
        // choice: only a broken build ever waits so long.
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        const auto all = calls_.wait_until(
            deadline, [&](const auto& calls) { return size_of(calls) >= count; },
            [](const std::vector<Call>& calls) { return calls; });
        base::ensure(size_of(all) >= count, "the answers come in time");
        std::map<std::uint64_t, base::Result<issuing::IssueResult>> by_ticket;
        for (const Call& call : all) {
            for (const issuing::IssueAnswer& answer : call) {
                const bool is_new = by_ticket.emplace(answer.ticket, answer.result).second;
                base::ensure(is_new, "nobody is answered twice");
            }
        }
        return by_ticket;
    }

private:
    [[nodiscard]] static std::size_t size_of(const std::vector<Call>& calls) {
        std::size_t size = 0;
        for (const Call& call : calls) size += call.size();
        return size;
    }

    base::Guarded<std::vector<Call>> calls_;
};

}  // namespace dibs::test
