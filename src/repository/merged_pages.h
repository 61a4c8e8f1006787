#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "repository/coupon_repository.h"

namespace dibs::repository {

/// One page of several listings that together are one: each of `pages` is a page of at most
/// `count_max` of its own listing, all from the same place on, in the order of `is_before`. What
/// stands in two of them at one place of the order is taken once, from the first of them.
template <typename Row, typename IsBefore>
[[nodiscard]] Page<Row> merge_pages(std::vector<Page<Row>> pages, std::size_t count_max,
                                    IsBefore is_before) {
    Page<Row> merged;
    for (Page<Row>& page : pages) {
        merged.has_more = merged.has_more || page.has_more;
        std::ranges::move(page.rows, std::back_inserter(merged.rows));
    }
    std::ranges::stable_sort(merged.rows, is_before);
    const auto twice = std::ranges::unique(merged.rows, [&](const Row& first, const Row& second) {
        return !is_before(first, second);
    });
    merged.rows.erase(twice.begin(), twice.end());
    if (merged.rows.size() > count_max) {
        merged.has_more = true;
        merged.rows.erase(merged.rows.begin() + static_cast<std::ptrdiff_t>(count_max),
                          merged.rows.end());
    }
    return merged;
}

}  // namespace dibs::repository
