// Goal: the value that wins is the right one, and a wrong one is told in one line that says where
// it came from. Method: every source alone and against the others; a table of every wrong value.

#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "app/setting_table.h"
#include "unit/app/merging.h"
#include "unit/identity/temporary_folder.h"

namespace dibs::app {
namespace {

using identity::TemporaryFolder;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;

/// The line that says what is wrong; `fine` if nothing is.
std::string merge_complaint(const Flags& flags, const Environment& environment = {}) {
    const auto merged = merge(flags, environment);
    return merged ? "fine" : merged.failure().what;
}

std::string origin_of(const MergedSettings& merged, std::string_view name) {
    const auto& table = setting_table();
    for (std::size_t at = 0; at < table.size(); ++at) {
        if (table[at].name == name) return merged.origins[at];
    }
    return "no such setting";
}

TEST(Settings, HaveTheDefaultsThatAreDocumented) {
    const auto merged = merge({});
    ASSERT_TRUE(merged.is_ok());
    const Settings& settings = merged->settings;
    EXPECT_EQ(settings.listen, (Endpoint{"127.0.0.1", 8080}));
    EXPECT_EQ(settings.admin_listen, (Endpoint{"127.0.0.1", 8081}));
    EXPECT_EQ(settings.store, "sqlite:./dibs.db");
    EXPECT_EQ(settings.auth, AuthenticationMode::jwt);
    EXPECT_EQ(settings.jwt_secret_file, std::nullopt);
    EXPECT_EQ(settings.jwks_file, std::nullopt);
    EXPECT_EQ(settings.jwt_issuer, std::nullopt);
    EXPECT_EQ(settings.jwt_audience, std::nullopt);
    EXPECT_EQ(settings.group_max, 256U);
    EXPECT_EQ(settings.queue_max, 16'384U);
    EXPECT_EQ(settings.request_deadline, milliseconds(5000));
    EXPECT_EQ(settings.committers, 1U);
    EXPECT_EQ(settings.readers, 2U);
    EXPECT_EQ(settings.user_rate, 0U);
    EXPECT_EQ(settings.user_burst, 10U);
    EXPECT_EQ(settings.compact_at, minutes(5));
    EXPECT_EQ(settings.time_zone, "UTC");
    EXPECT_EQ(settings.compact_keep_days, 0U);
    EXPECT_EQ(settings.compact_step, 1000U);
    EXPECT_EQ(settings.http_threads, std::clamp(std::thread::hardware_concurrency(), 1U, 256U));
    EXPECT_EQ(settings.connections_max, 12'000U);
    EXPECT_EQ(settings.header_size_max_bytes, 16'384U);
    EXPECT_EQ(settings.body_size_max_bytes, 65'536U);
    EXPECT_EQ(settings.header_timeout, milliseconds(10'000));
    EXPECT_EQ(settings.body_timeout, milliseconds(20'000));
    EXPECT_EQ(settings.idle_timeout, milliseconds(75'000));
    EXPECT_EQ(settings.write_timeout, milliseconds(20'000));
    EXPECT_EQ(settings.drain_timeout, milliseconds(10'000));
    EXPECT_EQ(settings.log_level, base::log::Level::info);
    for (const std::string& origin : merged->origins) EXPECT_EQ(origin, "default");
}

TEST(Settings, ComeFromTheFlagBeforeTheVariableBeforeTheFileBeforeTheDefault) {
    const TemporaryFolder folder;
    const std::string file = folder.write("dibs.toml", "# sizes\ngroup-max = 3\n");
    const Environment variable{{"DIBS_GROUP_MAX", "2"}};
    const Environment config_variable{{"DIBS_CONFIG", file}};

    const auto of_flag = merge({{"group-max", "1"}, {"config", file}}, variable);
    EXPECT_EQ(of_flag->settings.group_max, 1U);
    EXPECT_EQ(origin_of(*of_flag, "group-max"), "the command line");

    const auto of_variable = merge({{"config", file}}, variable);
    EXPECT_EQ(of_variable->settings.group_max, 2U);
    EXPECT_EQ(origin_of(*of_variable, "group-max"), "DIBS_GROUP_MAX");

    const auto of_file = merge({}, config_variable);
    EXPECT_EQ(of_file->settings.group_max, 3U);
    EXPECT_EQ(origin_of(*of_file, "group-max"), file + " line 2");

    const auto of_default = merge({});
    EXPECT_EQ(of_default->settings.group_max, 256U);
    EXPECT_EQ(origin_of(*of_default, "group-max"), "default");
}

TEST(Settings, ComeFromTheFileOfTheFlagBeforeThatOfTheVariable) {
    const TemporaryFolder folder;
    const std::string one = folder.write("one.toml", "readers = 5\n");
    const std::string other = folder.write("other.toml", "readers = 6\n");
    EXPECT_EQ(merge({{"config", one}}, {{"DIBS_CONFIG", other}})->settings.readers, 5U);
}

TEST(Settings, TakeAnEmptyVariableForNone) {
    const auto merged =
        merge({}, {{"DIBS_GROUP_MAX", ""}, {"DIBS_JWKS_FILE", ""}, {"DIBS_CONFIG", ""}});
    ASSERT_TRUE(merged.is_ok());
    EXPECT_EQ(merged->settings.group_max, 256U);
    EXPECT_EQ(merged->settings.jwks_file, std::nullopt);
}

TEST(Settings, HaveAVariableAndAFileKeyEach) {
    // Each row is set to its own default, or to something that it takes, through either source.
    for (const Setting& setting : setting_table()) {
        const std::string value = setting.default_text.empty() ? "some-text" : setting.default_text;
        const auto of_variable = merge({}, {{variable_of(setting.name), value}});
        ASSERT_TRUE(of_variable.is_ok()) << setting.name;
        EXPECT_EQ(origin_of(*of_variable, setting.name), variable_of(setting.name));
        EXPECT_EQ(setting.show(of_variable->settings), value);

        const TemporaryFolder folder;
        const std::string file = folder.write(
            "f", std::string(setting.name) + " = " +
                     (setting.is_number || setting.is_truth ? value : "\"" + value + "\"") + "\n");
        const auto of_file = merge({{"config", file}});
        ASSERT_TRUE(of_file.is_ok()) << of_file.failure().what;
        EXPECT_EQ(origin_of(*of_file, setting.name), file + " line 1");
        EXPECT_EQ(setting.show(of_file->settings), value);
    }
}

TEST(Settings, AreTrueOrFalseWhereTheyAskForNoMore) {
    EXPECT_FALSE(merge({})->settings.allow_fsync_off);
    EXPECT_TRUE(merge({{"allow-fsync-off", "true"}})->settings.allow_fsync_off);
    EXPECT_FALSE(merge({}, {{"DIBS_ALLOW_FSYNC_OFF", "false"}})->settings.allow_fsync_off);
    EXPECT_EQ(merge_complaint({{"allow-fsync-off", "perhaps"}}),
              "--allow-fsync-off (from the command line): \"perhaps\" is not one of true, false");
}

TEST(Settings, AreReadIntoTheirOwnMembers) {
    // Every number is given a value of its own; two rows that shared a member would show the same.
    Flags flags;
    std::size_t number = 2000;
    for (const Setting& setting : setting_table()) {
        if (!setting.is_number) continue;
        const bool is_small =
            setting.expected.ends_with(" 64") || setting.expected.ends_with("256");
        flags[std::string(setting.name)] = std::to_string(is_small ? number % 50 + 1 : number);
        ++number;
    }
    const auto merged = merge(flags);
    ASSERT_TRUE(merged.is_ok()) << merged.failure().what;
    for (const Setting& setting : setting_table()) {
        if (!setting.is_number) continue;
        EXPECT_EQ(setting.show(merged->settings), flags.find(setting.name)->second) << setting.name;
    }
    const Settings& settings = merged->settings;
    EXPECT_EQ(std::to_string(settings.header_timeout.count()), flags["header-timeout-ms"]);
    EXPECT_EQ(std::to_string(settings.body_timeout.count()), flags["body-timeout-ms"]);
    EXPECT_EQ(std::to_string(settings.idle_timeout.count()), flags["idle-timeout-ms"]);
    EXPECT_EQ(std::to_string(settings.write_timeout.count()), flags["write-timeout-ms"]);
    EXPECT_EQ(std::to_string(settings.drain_timeout.count()), flags["drain-timeout-ms"]);
    EXPECT_EQ(std::to_string(settings.request_deadline.count()), flags["request-deadline-ms"]);
    EXPECT_EQ(std::to_string(settings.header_size_max_bytes), flags["header-size-max"]);
    EXPECT_EQ(std::to_string(settings.body_size_max_bytes), flags["body-size-max"]);
    EXPECT_EQ(std::to_string(settings.compact_keep_days), flags["compact-keep-days"]);
    EXPECT_EQ(std::to_string(settings.compact_step), flags["compact-step"]);
}

TEST(Settings, ReadWordsIntoValues) {
    const auto merged = merge({{"auth", "trusted-header"},
                               {"log-level", "debug"},
                               {"listen", "[::1]:0"},
                               {"admin-listen", "localhost:9000"},
                               {"compact-at", "23:30"},
                               {"time-zone", "Asia/Seoul"},
                               {"jwt-issuer", "https://id.example"},
                               {"jwt-audience", "dibs"},
                               {"jwks-file", "keys.json"}});
    ASSERT_TRUE(merged.is_ok());
    EXPECT_EQ(merged->settings.auth, AuthenticationMode::trusted_header);
    EXPECT_EQ(merged->settings.log_level, base::log::Level::debug);
    EXPECT_EQ(merged->settings.listen, (Endpoint{"::1", 0}));
    EXPECT_EQ(merged->settings.admin_listen, (Endpoint{"localhost", 9000}));
    EXPECT_EQ(merged->settings.compact_at, minutes(23 * 60 + 30));
    EXPECT_EQ(merged->settings.time_zone, "Asia/Seoul");
    EXPECT_EQ(merged->settings.jwt_issuer, "https://id.example");
    EXPECT_EQ(merged->settings.jwt_audience, "dibs");
    EXPECT_EQ(merged->settings.jwks_file, "keys.json");
}

TEST(Settings, HaveMoreCommittersWhereTheStoreIsAServer) {
    EXPECT_EQ(merge({{"store", "postgresql://db/dibs"}})->settings.committers, 4U);
    EXPECT_EQ(merge({{"store", "postgresql://db/dibs"}, {"committers", "1"}})->settings.committers,
              1U);
}

TEST(Settings, AreReadOnlyWhereTheyAreWanted) {
    const Environment environment{{"DIBS_GROUP_MAX", "nonsense"}, {"DIBS_STORE", "sqlite:x"}};
    const auto merged = merge_settings({.flags = {}, .environment = environment}, {"store"});
    ASSERT_TRUE(merged.is_ok());
    EXPECT_EQ(merged->settings.store, "sqlite:x");
    EXPECT_EQ(origin_of(*merged, "group-max"), "");
}

TEST(WrongSetting, IsToldInOneLine) {
    const std::string hour = "a whole number of milliseconds from 1 to 3600000";
    const std::string endpoint = "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
    const std::string store =
        "a store's URL, such as sqlite:./dibs.db or postgresql://user@localhost/dibs";
    const std::tuple<std::string, std::string, std::string> table[] = {
        {"listen", "8080", endpoint},
        {"listen", "localhost", endpoint},
        {"admin-listen", "::1:8081", endpoint},
        {"store", "dibs.db", store},
        {"store", "", store},
        {"allow-fsync-off", "yes", "one of true, false"},
        {"committers", "0", "a whole number from 1 to 64"},
        {"committers", "65", "a whole number from 1 to 64"},
        {"readers", "two", "a whole number from 1 to 64"},
        {"auth", "basic", "one of jwt, trusted-header"},
        {"auth", "JWT", "one of jwt, trusted-header"},
        {"jwt-secret-file", "", "a path"},
        {"jwks-file", "", "a path"},
        {"jwt-issuer", "", "a text without control characters"},
        {"jwt-audience", "", "a text without control characters"},
        {"group-max", "0", "a whole number from 1 to 4096"},
        {"group-max", "4097", "a whole number from 1 to 4096"},
        {"group-max", "-1", "a whole number from 1 to 4096"},
        {"group-max", "1e3", "a whole number from 1 to 4096"},
        {"group-max", " 1", "a whole number from 1 to 4096"},
        {"group-max", "99999999999999999999", "a whole number from 1 to 4096"},
        {"queue-max", "0", "a whole number from 1 to 1000000"},
        {"request-deadline-ms", "5s", hour},
        {"request-deadline-ms", "0", hour},
        {"user-rate", "-1", "a whole number from 0 to 1000000"},
        {"user-burst", "0", "a whole number from 1 to 1000000"},
        {"compact-at", "24:00", "a time of day from 00:00 to 23:59"},
        {"compact-at", "0:05", "a time of day from 00:00 to 23:59"},
        {"time-zone", "Mars/Olympus",
         "a time zone of the IANA database, such as UTC or Asia/Seoul"},
        {"time-zone", "", "a time zone of the IANA database, such as UTC or Asia/Seoul"},
        {"compact-keep-days", "3651", "a whole number from 0 to 3650"},
        {"compact-step", "0", "a whole number from 1 to 100000"},
        {"http-threads", "257", "a whole number from 1 to 256"},
        {"connections-max", "0", "a whole number from 1 to 1000000"},
        {"header-size-max", "1023", "a whole number from 1024 to 1048576"},
        {"body-size-max", "16777217", "a whole number from 1024 to 16777216"},
        {"header-timeout-ms", "0", hour},
        {"body-timeout-ms", "0", hour},
        {"idle-timeout-ms", "3600001", hour},
        {"write-timeout-ms", "x", hour},
        {"drain-timeout-ms", "-1", "a whole number of milliseconds from 0 to 3600000"},
        {"log-level", "loud", "one of debug, info, warning, error"},
    };
    std::set<std::string> tried;
    for (const auto& [name, value, expected] : table) {
        EXPECT_EQ(merge_complaint({{name, value}}),
                  "--" + name + " (from the command line): \"" + value + "\" is not " + expected);
        tried.insert(name);
    }
    EXPECT_EQ(tried.size(), setting_table().size()) << "every setting has a wrong value here";
}

TEST(WrongSetting, NamesTheVariableOrTheLine) {
    EXPECT_EQ(merge_complaint({}, {{"DIBS_GROUP_MAX", "0"}}),
              "--group-max (from DIBS_GROUP_MAX): \"0\" is not a whole number from 1 to 4096");
    const TemporaryFolder folder;
    const std::string file = folder.write("f.toml", "\n\nlisten = \"nowhere\"\n");
    EXPECT_EQ(merge_complaint({{"config", file}}),
              "--listen (from " + file +
                  " line 3): \"nowhere\" is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
}

TEST(WrongSetting, StaysOnOneLineAndHidesPasswords) {
    EXPECT_EQ(merge_complaint({{"auth", "a\nb\"c"}}),
              "--auth (from the command line): \"a\\u000ab\\\"c\" is not one of jwt, "
              "trusted-header");
    EXPECT_EQ(merge_complaint({{"jwt-issuer", "a\nb"}}),
              "--jwt-issuer (from the command line): \"a\\u000ab\" is not a text without control "
              "characters");
    EXPECT_EQ(merge_complaint({{"store", "mysql://bob:secret@db"}}),
              "--store (from the command line): \"mysql://bob:****@db\" is not a store's URL, such "
              "as sqlite:./dibs.db or postgresql://user@localhost/dibs");
}

TEST(WrongSetting, CanBeWrongOnlyTogether) {
    EXPECT_EQ(merge_complaint({{"jwt-secret-file", "a"}}, {{"DIBS_JWKS_FILE", "b"}}),
              "--jwt-secret-file (from the command line) and --jwks-file (from DIBS_JWKS_FILE) "
              "exclude each other: tokens are signed either way");
    EXPECT_EQ(merge_complaint({{"admin-listen", "127.0.0.1:8080"}}),
              "--listen (from default) and --admin-listen (from the command line) are both "
              "\"127.0.0.1:8080\": operators need a listener of their own");
    EXPECT_EQ(merge_complaint({{"listen", "127.0.0.1:0"}, {"admin-listen", "127.0.0.1:0"}}),
              "fine");
}

TEST(Environment, IsReadAsTheSystemHandsItOver) {
    const char* const variables[] = {"DIBS_A=1", "DIBS_B=", "DIBS_C=a=b", "odd", nullptr};
    EXPECT_EQ(read_environment(variables),
              (Environment{{"DIBS_A", "1"}, {"DIBS_B", ""}, {"DIBS_C", "a=b"}}));
}

TEST(Environment, IsWarnedAboutWhereItNamesNoSetting) {
    EXPECT_THAT(find_unknown_variables({{"DIBS_GROUP_MAX", "1"},
                                        {"DIBS_CONFIG", "f"},
                                        {"DIBS_TOKEN", "t"},
                                        {"PATH", "/bin"},
                                        {"dibs_group_max", "1"}}),
                ElementsAre());
    EXPECT_THAT(find_unknown_variables({{"DIBS_GROUPMAX", "1"}, {"DIBS_COLOUR", "blue"}}),
                ElementsAre("the environment's DIBS_COLOUR is not a setting",
                            "the environment's DIBS_GROUPMAX is not a setting; did you mean "
                            "DIBS_GROUP_MAX?"));
}

}  // namespace
}  // namespace dibs::app
