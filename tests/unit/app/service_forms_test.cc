// Goal: the commands that run and look after a service take what they should. Method: lines as a
// shell would split them, with the environment given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/parsing.h"
#include "unit/identity/temporary_folder.h"

namespace dibs::app {
namespace {

using identity::TemporaryFolder;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ServeCommand, CarriesItsSettings) {
    const TemporaryFolder folder;
    const auto serve = command<ServeCommand>({"serve", "--listen", "[::1]:0", "--group-max=7",
                                              "--config", folder.write("f.toml", "readers = 3\n")},
                                             {{"DIBS_AUTH", "trusted-header"}});
    EXPECT_EQ(serve.settings.listen, (Endpoint{"::1", 0}));
    EXPECT_EQ(serve.settings.group_max, 7U);
    EXPECT_EQ(serve.settings.readers, 3U);
    EXPECT_EQ(serve.settings.auth, AuthenticationMode::trusted_header);
    EXPECT_EQ(serve.settings.queue_max, 16'384U);
}

TEST(ServeCommand, TakesATruthWithoutAValue) {
    EXPECT_FALSE(command<ServeCommand>({"serve"}).settings.allow_fsync_off);
    EXPECT_TRUE(command<ServeCommand>({"serve", "--allow-fsync-off"}).settings.allow_fsync_off);
    EXPECT_FALSE(command<ServeCommand>({"serve", "--allow-fsync-off=false"},
                                       {{"DIBS_ALLOW_FSYNC_OFF", "true"}})
                     .settings.allow_fsync_off);
    EXPECT_TRUE(command<CompactCommand>({"compact", "--allow-fsync-off"}).allow_fsync_off);
}

TEST(ServeCommand, PrintsItsConfigurationAndEnds) {
    const Outcome outcome = parse({"serve", "--print-config", "--group-max", "7"});
    EXPECT_EQ(outcome.result.error(), ExitCode::done);
    EXPECT_THAT(outcome.out, HasSubstr("\ngroup-max = 7 "));
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(complaint({"serve", "--print-config", "--group-max", "0"}),
              "dibs: --group-max (from the command line): \"0\" is not a whole number from 1 to "
              "4096\n");
    EXPECT_EQ(complaint({"serve", "--print-config=all"}),
              "dibs: --print-config takes no value (see dibs serve --help)\n");
}

TEST(ServeCommand, PrintsTheReferencePage) {
    const Outcome outcome = parse({"serve", "--print-config=reference"});
    EXPECT_EQ(outcome.result.error(), ExitCode::done);
    EXPECT_THAT(outcome.out, StartsWith("# Configuration\n"));
}

TEST(ServiceCommands, WarnAboutVariablesThatMeanNothing) {
    const Outcome outcome = parse({"serve"}, {{"DIBS_GROUPMAX", "1"}});
    EXPECT_TRUE(outcome.result.has_value());
    EXPECT_EQ(outcome.err,
              "dibs: warning: the environment's DIBS_GROUPMAX is not a setting; did you mean "
              "DIBS_GROUP_MAX?\n");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"verify"}, {"coupon", "list"}, {"token", "--user", "a"}}) {
        const Outcome other = parse(arguments, {{"DIBS_GROUPMAX", "1"}});
        EXPECT_TRUE(other.result.has_value());
        EXPECT_EQ(other.err, outcome.err) << arguments.front();
    }
    // It reads no variables.
    EXPECT_EQ(parse({"demo"}, {{"DIBS_GROUPMAX", "1"}}).err, "");
}

TEST(CopyCommand, TakesTwoStores) {
    const auto copy = command<CopyCommand>({"copy", "--from", "sqlite:a", "--to=postgresql://h/b"});
    EXPECT_EQ(copy.from, "sqlite:a");
    EXPECT_EQ(copy.to, "postgresql://h/b");
    EXPECT_EQ(complaint({"copy", "--to", "sqlite:a"}),
              "dibs: --from is missing (see dibs copy --help)\n");
    EXPECT_EQ(complaint({"copy", "--from", "sqlite:a"}),
              "dibs: --to is missing (see dibs copy --help)\n");
    EXPECT_EQ(complaint({"copy", "--from", "sqlite:a", "--to", "sqlite:a"}),
              "dibs: --from and --to name the same store\n");
}

TEST(MigrateCommand, TakesAStore) {
    EXPECT_EQ(command<MigrateCommand>({"migrate"}).store, "sqlite:./dibs.db");
    EXPECT_EQ(command<MigrateCommand>({"migrate", "--store", "sqlite:x"}).store, "sqlite:x");
    EXPECT_EQ(command<MigrateCommand>({"migrate"}, {{"DIBS_STORE", "sqlite:y"}}).store, "sqlite:y");
}

TEST(CompactCommand, TakesAMomentAndTheSchedulersSettings) {
    const auto by_default = command<CompactCommand>({"compact"});
    EXPECT_EQ(by_default.until, std::nullopt);
    EXPECT_EQ(by_default.time_zone, "UTC");
    EXPECT_EQ(by_default.keep_days, 0U);
    EXPECT_EQ(by_default.step, 1000U);
    const auto given = command<CompactCommand>(
        {"compact", "--until", "2026-11-27T12:00:00+09:00", "--time-zone", "Asia/Seoul",
         "--compact-keep-days", "2", "--compact-step", "50", "--store", "sqlite:x"});
    EXPECT_EQ(given.until, now);
    EXPECT_EQ(given.time_zone, "Asia/Seoul");
    EXPECT_EQ(given.keep_days, 2U);
    EXPECT_EQ(given.step, 50U);
    EXPECT_EQ(given.store, "sqlite:x");
    EXPECT_EQ(complaint({"compact", "--until", "yesterday"}),
              "dibs: --until (from the command line): \"yesterday\" is not a moment such as "
              "2026-11-27T12:00:00+09:00, now or +7d\n");
    EXPECT_EQ(
        complaint({"compact", "--until", "2026-02-30T00:00:00Z"}),
        "dibs: --until (from the command line): \"2026-02-30T00:00:00Z\" is not a moment such "
        "as 2026-11-27T12:00:00+09:00, now or +7d; there is no 2026-02-30\n");
}

TEST(VerifyCommand, TakesACouponAndAForm) {
    const auto by_default = command<VerifyCommand>({"verify"});
    EXPECT_EQ(by_default.coupon_id, std::nullopt);
    EXPECT_FALSE(by_default.is_json);
    const auto given = command<VerifyCommand>({"verify", "--json", "--coupon", "42"});
    EXPECT_EQ(given.coupon_id, 42);
    EXPECT_TRUE(given.is_json);
    for (const char* id : {"0", "-1", "x", "", "9223372036854775808"}) {
        EXPECT_EQ(complaint({"verify", "--coupon", id}),
                  "dibs: --coupon (from the command line): \"" + std::string(id) +
                      "\" is not a coupon's id, a whole number above 0\n");
    }
}

TEST(TokenCommand, TakesAUserAndALifetime) {
    const auto by_default = command<TokenCommand>({"token", "--user", "alice"});
    EXPECT_EQ(by_default.user, "alice");
    EXPECT_FALSE(by_default.is_admin);
    EXPECT_EQ(by_default.lifetime, hours(1));
    EXPECT_EQ(by_default.access.store, "sqlite:./dibs.db");
    EXPECT_EQ(by_default.access.jwt_secret_file, std::nullopt);
    const auto given = command<TokenCommand>(
        {"token", "--store", "sqlite:x", "--user", "root", "--admin", "--ttl", "15m"},
        {{"DIBS_JWT_SECRET_FILE", "key"},
         {"DIBS_JWT_ISSUER", "us"},
         {"DIBS_JWT_AUDIENCE", "dibs"},
         {"DIBS_JWKS_FILE", "not for minting"}});
    EXPECT_EQ(given.user, "root");
    EXPECT_TRUE(given.is_admin);
    EXPECT_EQ(given.lifetime, minutes(15));
    EXPECT_EQ(given.access.store, "sqlite:x");
    EXPECT_EQ(given.access.jwt_secret_file, "key");
    EXPECT_EQ(given.access.issuer, "us");
    EXPECT_EQ(given.access.audience, "dibs");
}

TEST(TokenCommand, InsistsOnAUser) {
    EXPECT_EQ(complaint({"token"}), "dibs: --user is missing (see dibs token --help)\n");
    EXPECT_EQ(complaint({"token", "--user", " x"}),
              "dibs: --user (from the command line): \" x\" is not a user: 1 to 128 bytes of "
              "printable ASCII without outer spaces\n");
    EXPECT_EQ(
        complaint({"token", "--user", "a", "--ttl", "1w"}),
        "dibs: --ttl (from the command line): \"1w\" is not a duration from 1s to 36525d, such "
        "as 90s, 15m, 1h or 7d\n");
    EXPECT_EQ(command<TokenCommand>({"token", "--user", "a", "--ttl", "36525d"}).lifetime,
              duration_max);
    EXPECT_THAT(complaint({"token", "--user", "a", "--ttl", "36526d"}),
                HasSubstr("from 1s to 36525d"));
    EXPECT_THAT(parse({"token", "--help"}).out, HasSubstr("1s to 36525d"));
}

}  // namespace
}  // namespace dibs::app
