#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dibs::domain {

/// The rules once more, as plainly as they can be said: a list of lines, and every question
/// answered by going through all of it. It shares no code with src/domain/, so that the two can
/// disagree.
struct ReferenceBooks {
    struct Line {
        std::int64_t amount;
        std::string holder = {};  // Who got one; empty if nobody did.
        std::string key = {};
        bool is_returned = false;
    };

    std::int64_t limit, from, to;
    std::vector<Line> lines = {};
    std::int64_t nth = 0;  // Of whoever asked last.

    [[nodiscard]] std::int64_t stock() const {
        std::int64_t sum = 0;
        for (const Line& line : lines) sum += line.amount;
        return sum;
    }
    [[nodiscard]] std::int64_t issued() const {
        return std::ranges::count_if(lines, [](const Line& line) { return !line.holder.empty(); });
    }

    std::string ask(const std::string& user, const std::string& key, std::int64_t at) {
        std::int64_t active = 0;
        nth = 1;
        for (const Line& line : lines) {
            if (line.holder != user) continue;
            if (!key.empty() && line.key == key) return "replayed";
            ++nth;
            if (!line.is_returned) ++active;
        }
        if (active >= limit) return "coupon-already-registered";
        if (stock() == 0) return "coupon-sold-out";
        if (at < from) return "coupon-not-started";
        if (at > to) return "coupon-ended";
        lines.push_back({-1, user, key});
        return "issued";
    }

    bool change(std::int64_t amount) {
        if (stock() + amount < 0) return false;
        lines.push_back({amount});
        return true;
    }

    void take_back(std::size_t place) {
        lines[place].is_returned = true;
        lines.push_back({1});
    }
};

}  // namespace dibs::domain
