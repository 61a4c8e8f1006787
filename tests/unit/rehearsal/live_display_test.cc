// Goal: on a terminal the picture is redrawn in its own place and taken away; elsewhere not a byte
// is written. Method: let it draw into memory.

#include "rehearsal/live_display.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;

/// A file in memory.
class Paper {
public:
    Paper() : file_(open_memstream(&text_, &size_)) {}
    ~Paper() {
        std::fclose(file_);
        std::free(text_);
    }
    Paper(const Paper&) = delete;
    Paper& operator=(const Paper&) = delete;

    [[nodiscard]] std::FILE* file() const { return file_; }
    [[nodiscard]] std::string text() const {
        std::fflush(file_);
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
};

Progress running(std::uint64_t issued, std::uint64_t refused, milliseconds elapsed) {
    Progress progress;
    progress.phase = CrowdPhase::running;
    progress.connections_open = progress.connections_wanted = 1'000;
    progress.requests_planned = 10'000;
    progress.counts.issued = issued;
    progress.counts.refused = refused;
    progress.elapsed = elapsed;
    progress.latency_p50 = milliseconds(12);
    progress.latency_p99 = milliseconds(48);
    return progress;
}

TEST(LiveDisplay, IsSilentWhereNobodyLooks) {
    const Paper paper;
    {
        LiveDisplay display({paper.file(), false, 80}, 100);
        EXPECT_FALSE(display.is_watching());
        display.show(running(1, 2, milliseconds(100)));
    }
    EXPECT_EQ(paper.text(), "");
}

TEST(LiveDisplay, ShowsHowManyConnectionsAreOpen) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 80}, 100);
    EXPECT_TRUE(display.is_watching());
    Progress progress;
    progress.connections_open = 500;
    progress.connections_wanted = 1'000;
    display.show(progress);
    EXPECT_TRUE(paper.text().contains(" 50 %   opening connections\n")) << paper.text();
    EXPECT_TRUE(paper.text().contains("  500 of 1,000 open\n")) << paper.text();
}

TEST(LiveDisplay, ShowsWhoGotWhatAndHowFast) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 80}, 1'200);
    display.show(running(1'000, 4'000, milliseconds(500)));
    const std::string text = paper.text();
    EXPECT_TRUE(text.contains(" 50 %   500 ms\n")) << text;
    EXPECT_TRUE(text.contains("  issued 1,000   refused 4,000   left 200\n")) << text;
    EXPECT_TRUE(text.contains("  10,000 answers a second   p50 12.0 ms   p99 48.0 ms\n")) << text;
}

TEST(LiveDisplay, ShowsTheRateOfTheLastSecond) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 80}, std::nullopt);
    for (int i = 1; i <= 100; ++i) {
        const auto answered = static_cast<std::uint64_t>(i <= 80 ? 0 : (i - 80) * 50);
        display.show(running(0, answered, milliseconds(100 * i)));
    }
    // The last ten tenths of a second brought 50 each, whatever was before.
    const std::string text = paper.text();
    const std::string last = text.substr(text.rfind("issued"));
    EXPECT_TRUE(last.contains("  500 answers a second")) << last;
    EXPECT_FALSE(last.contains("left")) << last;
}

TEST(LiveDisplay, NamesWhatShouldNotHappenWhenItDoes) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 120}, std::nullopt);
    Progress progress = running(1, 1, milliseconds(10));
    progress.counts.failed = 3;
    progress.counts.unanswered = 2;
    progress.counts.replayed = 7;
    display.show(progress);
    EXPECT_TRUE(paper.text().contains("   replayed 7   failed 3   no answer 2\n")) << paper.text();
}

TEST(LiveDisplay, MeasuresALoopByItsTime) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 80}, std::nullopt);
    Progress progress = running(0, 0, milliseconds(2'500));
    progress.duration = milliseconds(10'000);
    display.show(progress);
    EXPECT_TRUE(paper.text().contains(" 25 %   2.50 s\n")) << paper.text();
}

TEST(LiveDisplay, RedrawsInItsOwnPlaceAndLeavesNothingBehind) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 80}, std::nullopt);
    display.show(running(1, 1, milliseconds(10)));
    const std::size_t first = paper.text().size();
    EXPECT_TRUE(paper.text().starts_with("\r\x1b[2K"));
    display.show(running(2, 2, milliseconds(20)));
    EXPECT_TRUE(paper.text().substr(first).starts_with("\x1b[3A\r\x1b[2K"));
    const std::size_t second = paper.text().size();
    Progress over = running(3, 3, milliseconds(30));
    over.phase = CrowdPhase::over;
    display.show(over);
    EXPECT_EQ(paper.text().substr(second), "\x1b[3A\r\x1b[J");
}

TEST(LiveDisplay, CutsWhatIsWiderThanTheScreen) {
    const Paper paper;
    LiveDisplay display({paper.file(), true, 20}, std::nullopt);
    display.show(running(1'000'000, 1'000'000, milliseconds(10)));
    EXPECT_TRUE(paper.text().contains("\r\x1b[2K  issued 1,000,000  \n")) << paper.text();
}

}  // namespace
}  // namespace dibs::rehearsal
