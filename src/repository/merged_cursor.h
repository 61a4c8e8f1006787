#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// Several cursors' rows as one cursor's: each of them gives its rows in the order of `IsBefore`,
/// and so does this. Fails as they do.
template <typename Row, typename IsBefore>
class MergedCursor final : public Cursor<Row> {
public:
    explicit MergedCursor(std::vector<std::unique_ptr<Cursor<Row>>> cursors) {
        for (auto& cursor : cursors) sources_.push_back({std::move(cursor), std::nullopt});
    }

    base::Result<std::optional<Row>> next() override {
        if (!is_begun_) {
            for (Source& source : sources_) {
                if (auto done = source.advance(); !done) return done.failure();
            }
            is_begun_ = true;
        }
        Source* least = nullptr;
        for (Source& source : sources_) {
            if (!source.front) continue;
            if (least == nullptr || IsBefore()(*source.front, *least->front)) least = &source;
        }
        if (least == nullptr) return std::optional<Row>();
        std::optional<Row> row = std::exchange(least->front, std::nullopt);
        if (auto done = least->advance(); !done) return done.failure();
        return row;
    }

private:
    struct Source {
        std::unique_ptr<Cursor<Row>> cursor;
        std::optional<Row> front;

        base::Result<void> advance() {
            auto next = cursor->next();
            if (!next) return next.failure();
            front = *std::move(next);
            return {};
        }
    };

    std::vector<Source> sources_;
    bool is_begun_ = false;
};

}  // namespace dibs::repository
