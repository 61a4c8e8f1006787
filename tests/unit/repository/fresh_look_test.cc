// Goal: whoever asks gets an answer to a look that began after they asked, and looks don't grow in
// number with those who ask.
// Method: looks that are held open until the test lets them go, and threads that ask meanwhile.

#include "repository/fresh_look.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <semaphore>
#include <thread>
#include <vector>

#include "base/guarded.h"

namespace dibs::repository {
namespace {

using testing::Each;

/// Looks that count themselves: the first answers 1, the second 2, …
class HeldLooks {
public:
    int look() {
        const int number = begun_.with([](int& begun) { return ++begun; });
        begun_.notify_all();
        go_.acquire();
        return number;
    }
    void wait_until_begun(int count) {
        begun_.wait([count](int begun) { return begun >= count; }, [](int) {});
    }
    [[nodiscard]] int begun() const {
        return begun_.with([](int begun) { return begun; });
    }
    void let_go(int count) { go_.release(count); }

private:
    base::Guarded<int> begun_{0};
    std::counting_semaphore<> go_{0};
};

TEST(FreshLook, AnswersEachWhoAsksAlone) {
    int looks = 0;
    FreshLook<int> fresh([&] { return ++looks; });
    EXPECT_EQ(fresh.ask(), 1);
    EXPECT_EQ(fresh.ask(), 2) << "an answer that was there already would be an old one";
}

TEST(FreshLook, LetsAllWhoComeDuringALookShareTheNext) {
    HeldLooks looks;
    FreshLook<int> fresh([&] { return looks.look(); });
    auto first = std::async(std::launch::async, [&] { return fresh.ask(); });
    looks.wait_until_begun(1);

    constexpr int asker_count = 8;
    std::vector<std::future<int>> later;
    for (int i = 0; i < asker_count; ++i) {
        later.push_back(std::async(std::launch::async, [&] { return fresh.ask(); }));
    }
    while (fresh.asked_count() < 1 + asker_count) std::this_thread::yield();
    EXPECT_EQ(looks.begun(), 1) << "nobody looks beside one who looks";
    looks.let_go(2);
    EXPECT_EQ(first.get(), 1);
    std::vector<int> answers;
    for (auto& asker : later) answers.push_back(asker.get());
    EXPECT_THAT(answers, Each(2));
    EXPECT_EQ(looks.begun(), 2);
}

}  // namespace
}  // namespace dibs::repository
