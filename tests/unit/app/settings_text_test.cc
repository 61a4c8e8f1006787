// Goal: what is shown of the settings is true and gives no secret away, and the reference page is
// up to date. Method: show, read back, and compare.

#include "app/settings_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/setting_table.h"
#include "unit/app/merging.h"
#include "unit/identity/temporary_folder.h"

namespace dibs::app {
namespace {

using identity::TemporaryFolder;
using testing::HasSubstr;
using testing::Not;

TEST(ShownSettings, SayWhereEachValueCameFrom) {
    const TemporaryFolder folder;
    const std::string file = folder.write("f.toml", "readers = 3\n");
    const std::string shown =
        to_toml(*merge({{"group-max", "7"}, {"config", file}}, {{"DIBS_TIME_ZONE", "Asia/Seoul"}}));
    EXPECT_THAT(shown, testing::ContainsRegex("\ngroup-max = 7 +# from the command line\n"));
    EXPECT_THAT(shown,
                testing::ContainsRegex("\ntime-zone = \"Asia/Seoul\" +# from DIBS_TIME_ZONE\n"));
    EXPECT_THAT(shown, HasSubstr("# from " + file + " line 1\n"));
    EXPECT_THAT(shown, testing::ContainsRegex("\nlog-level = \"info\" +# default\n"));
    EXPECT_THAT(shown, testing::ContainsRegex("\n# jwt-issuer = \"\" +# not set\n"));
}

TEST(ShownSettings, SayWhichKeyHoldsWhereNoneIsNamed) {
    const auto shown_with = [](const Flags& flags) { return to_toml(*merge(flags)); };
    EXPECT_THAT(shown_with({}),
                testing::ContainsRegex("\n# jwt-secret-file = \"./dibs.db.key\" +# not set: this "
                                       "file, generated if it is missing\n"));
    EXPECT_THAT(shown_with({{"store", "sqlite:/var/a.db"}}),
                HasSubstr("\n# jwt-secret-file = \"/var/a.db.key\""));
    EXPECT_THAT(shown_with({{"store", "postgresql://h/d"}}),
                HasSubstr("\n# jwt-secret-file = \"./dibs.key\""));
    for (const Flags& flags : {Flags{{"jwks-file", "f"}}, Flags{{"auth", "trusted-header"}}}) {
        EXPECT_THAT(shown_with(flags),
                    testing::ContainsRegex("\n# jwt-secret-file = \"\" +# not set\n"));
    }
}

TEST(ShownSettings, NameEverySetting) {
    const std::string shown = to_toml(*merge({}));
    for (const Setting& setting : setting_table()) {
        EXPECT_THAT(shown, HasSubstr(std::string(setting.name) + " = ")) << setting.name;
    }
}

TEST(ShownSettings, AreAFileThatLeadsToTheSame) {
    const Flags flags{
        {"listen", "[::1]:0"}, {"group-max", "7"}, {"jwt-issuer", "a\"b\\c"}, {"auth", "jwt"}};
    const MergedSettings merged = *merge(flags);
    const TemporaryFolder folder;
    const MergedSettings again = *merge({{"config", folder.write("f.toml", to_toml(merged))}});
    for (const Setting& setting : setting_table()) {
        EXPECT_EQ(setting.show(again.settings), setting.show(merged.settings)) << setting.name;
    }
}

TEST(ShownSettings, HoldNoSecret) {
    const TemporaryFolder folder;
    const std::string secret = folder.write("key", "the very secret bytes of this service!");
    const std::string shown =
        to_toml(*merge({{"store", "postgresql://bob:hunter2@db/dibs?sslpassword=hunter3"},
                        {"jwt-secret-file", secret}}));
    EXPECT_THAT(shown, Not(HasSubstr("hunter")));
    EXPECT_THAT(shown, Not(HasSubstr("very secret")));
    EXPECT_THAT(shown, HasSubstr("\"postgresql://bob:****@db/dibs?sslpassword=****\""));
    EXPECT_THAT(shown, HasSubstr(secret));
}

TEST(SettingsReference, IsThePageInTheDocumentation) {
    std::ifstream file(DIBS_SOURCE_FOLDER "/docs/reference/configuration.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(page, settings_reference())
        << "write it anew: dibs serve --print-config=reference > docs/reference/configuration.md";
}

}  // namespace
}  // namespace dibs::app
