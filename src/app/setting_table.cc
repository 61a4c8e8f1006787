#include "app/setting_table.h"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

#include "app/setting_kinds.h"
#include "base/ensure.h"

namespace dibs::app {

namespace {

// Choice: an hour; whoever needs longer limits wants none.
constexpr std::size_t time_limit_max_milliseconds = 3'600'000;

// Choice: what one process can hold in memory and open files, by far.
constexpr std::size_t count_max = 1'000'000;

std::string count_of_cores() {
    return std::to_string(std::clamp(std::thread::hardware_concurrency(), 1U, 256U));
}

std::vector<Setting> listener_settings() {
    return {
        endpoint({.name = "listen",
                  .placeholder = "HOST:PORT",
                  .meaning = "Where customers are answered; port 0 takes a free one",
                  .default_text = "127.0.0.1:8080"},
                 &Settings::listen),
        endpoint({.name = "admin-listen",
                  .placeholder = "HOST:PORT",
                  .meaning = "Where operators, probes and metrics are answered",
                  .default_text = "127.0.0.1:8081"},
                 &Settings::admin_listen),
    };
}

std::vector<Setting> store_settings() {
    return {
        store_url(
            {.name = "store",
             .placeholder = "URL",
             .meaning = "Where the books are kept: sqlite:PATH or postgresql://USER@HOST/NAME, or "
                        "several of the latter with a space between each two",
             .default_text = "sqlite:./dibs.db"},
            &Settings::store),
        truth({.name = "allow-fsync-off",
               .meaning = "Take a PostgreSQL server that loses what it acknowledged when its "
                          "machine stops; for data that may be lost",
               .default_text = "false"},
              &Settings::allow_fsync_off),
        // One: SQLite has one writer. Four: choice, one coupon's group each. At most 64: choice,
        // within what PostgreSQL's default of 100 connections leaves to others.
        whole_number({.name = "committers",
                      .placeholder = "N",
                      .meaning = "Threads that commit groups; SQLite uses one whatever is set",
                      .default_text = "1",
                      .default_words = "1 with sqlite, 4 with postgresql"},
                     &Settings::committers, {.min = 1, .max = 64}),
        // Two: choice, a long listing does not hold up the others.
        whole_number({.name = "readers",
                      .placeholder = "N",
                      .meaning = "Threads that read listings and look things up",
                      .default_text = "2"},
                     &Settings::readers, {.min = 1, .max = 64}),
    };
}

std::vector<Setting> identity_settings() {
    return {
        authentication_mode({.name = "auth",
                             .placeholder = "MODE",
                             .meaning = "Who callers are: jwt believes signed tokens, "
                                        "trusted-header the gateway's X-User-Id",
                             .default_text = "jwt"},
                            &Settings::auth),
        optional_text({.name = "jwt-secret-file",
                       .placeholder = "FILE",
                       .meaning = "The secret that signs HS256 tokens: 32 bytes or more, without "
                                  "the newline at the end",
                       .default_words = "DATABASE.key, with postgresql ./dibs.key; generated if it "
                                        "is missing"},
                      &Settings::jwt_secret_file, "a path"),
        optional_text({.name = "jwks-file",
                       .placeholder = "FILE",
                       .meaning = "The identity provider's public keys (JWKS) for RS256, ES256 and "
                                  "EdDSA tokens"},
                      &Settings::jwks_file, "a path"),
        optional_text({.name = "jwt-issuer",
                       .placeholder = "TEXT",
                       .meaning = "Take only tokens whose iss is this"},
                      &Settings::jwt_issuer, "a text without control characters"),
        optional_text({.name = "jwt-audience",
                       .placeholder = "TEXT",
                       .meaning = "Take only tokens whose aud is this or contains it"},
                      &Settings::jwt_audience, "a text without control characters"),
    };
}

std::vector<Setting> issuing_settings() {
    return {
        // Measured: beyond 256 a commit takes longer and the rate hardly grows; 2,048 gave a third
        // more for four times the commit time.
        whole_number({.name = "group-max",
                      .placeholder = "N",
                      .meaning = "Most requests that share one commit",
                      .default_text = "256"},
                     &Settings::group_max, {.min = 1, .max = 4096}),
        // Choice: a third of a second's work at 50,000 a second; who comes later is told to retry.
        whole_number({.name = "queue-max",
                      .placeholder = "N",
                      .meaning = "Most requests that wait for a commit; the next gets a 503",
                      .default_text = "16384"},
                     &Settings::queue_max, {.min = 1, .max = count_max}),
        // Choice: as long as people wait before they press again.
        milliseconds({.name = "request-deadline-ms",
                      .placeholder = "N",
                      .meaning = "How long a request may wait before it is answered with a 503",
                      .default_text = "5000"},
                     &Settings::request_deadline, {.min = 1, .max = time_limit_max_milliseconds}),
        whole_number({.name = "user-rate",
                      .placeholder = "N",
                      .meaning = "Requests a second that one user may send; 0 is no limit",
                      .default_text = "0"},
                     &Settings::user_rate, {.min = 0, .max = count_max}),
        // Choice: a page that loads and a few impatient presses.
        whole_number({.name = "user-burst",
                      .placeholder = "N",
                      .meaning = "Requests that one user may send at once before the rate counts",
                      .default_text = "10"},
                     &Settings::user_burst, {.min = 1, .max = count_max}),
    };
}

std::vector<Setting> compaction_settings() {
    return {
        // Choice: after midnight's rush of other jobs.
        time_of_day({.name = "compact-at",
                     .placeholder = "HH:MM",
                     .meaning = "When the day's inventory events are folded",
                     .default_text = "00:05"},
                    &Settings::compact_at),
        time_zone({.name = "time-zone",
                   .placeholder = "NAME",
                   .meaning = "The time zone of that time, and of the day that it folds",
                   .default_text = "UTC"},
                  &Settings::time_zone),
        whole_number({.name = "compact-keep-days",
                      .placeholder = "N",
                      .meaning = "Whole days before today that are left unfolded",
                      .default_text = "0"},
                     &Settings::compact_keep_days, {.min = 0, .max = 3650}),
        // Measured (`bench/run.sh P14`): a step of 1,000 takes some 7 ms in SQLite, half of it
        // processor time.
        whole_number({.name = "compact-step",
                      .placeholder = "N",
                      .meaning = "Events that are folded in one transaction",
                      .default_text = "1000"},
                     &Settings::compact_step, {.min = 1, .max = 100'000}),
    };
}

// The sizes and times are what common servers allow: nginx and Apache take headers of 8 to 32 KB,
// and wait 10 to 75 seconds. No request of Dibs has a body over a few KB.
std::vector<Setting> limit_settings() {
    constexpr Limits time_limits{.min = 1, .max = time_limit_max_milliseconds};
    return {
        whole_number({.name = "http-threads",
                      .placeholder = "N",
                      .meaning = "Threads that talk to customers",
                      .default_text = count_of_cores(),
                      .default_words = "the number of cores"},
                     &Settings::http_threads, {.min = 1, .max = 256}),
        // Choice: ten thousand customers at once and some to spare, at 6 KB each.
        whole_number({.name = "connections-max",
                      .placeholder = "N",
                      .meaning = "Most customers' connections at once; the next gets a 503",
                      .default_text = "12000"},
                     &Settings::connections_max, {.min = 1, .max = count_max}),
        whole_number({.name = "header-size-max",
                      .placeholder = "BYTES",
                      .meaning = "Largest header of a request",
                      .default_text = "16384"},
                     &Settings::header_size_max_bytes, {.min = 1024, .max = 1024 * 1024}),
        whole_number({.name = "body-size-max",
                      .placeholder = "BYTES",
                      .meaning = "Largest body of a request",
                      .default_text = "65536"},
                     &Settings::body_size_max_bytes, {.min = 1024, .max = 16 * 1024 * 1024}),
        milliseconds({.name = "header-timeout-ms",
                      .placeholder = "N",
                      .meaning = "Time for a request's header to arrive whole",
                      .default_text = "10000"},
                     &Settings::header_timeout, time_limits),
        milliseconds({.name = "body-timeout-ms",
                      .placeholder = "N",
                      .meaning = "Time for a request's body to arrive whole",
                      .default_text = "20000"},
                     &Settings::body_timeout, time_limits),
        milliseconds({.name = "idle-timeout-ms",
                      .placeholder = "N",
                      .meaning = "Time that a connection may be silent between requests",
                      .default_text = "75000"},
                     &Settings::idle_timeout, time_limits),
        milliseconds({.name = "write-timeout-ms",
                      .placeholder = "N",
                      .meaning = "Time for a customer to take an answer",
                      .default_text = "20000"},
                     &Settings::write_timeout, time_limits),
        // Choice: within the 30 seconds that systemd and Kubernetes leave by default.
        milliseconds({.name = "drain-timeout-ms",
                      .placeholder = "N",
                      .meaning = "Time for open requests to be answered after SIGTERM",
                      .default_text = "10000"},
                     &Settings::drain_timeout, {.min = 0, .max = time_limit_max_milliseconds}),
        log_level({.name = "log-level",
                   .placeholder = "LEVEL",
                   .meaning = "The least that is logged",
                   .default_text = "info"},
                  &Settings::log_level),
    };
}

std::vector<Setting> build_table() {
    std::vector<Setting> table;
    const auto add = [&](std::string_view group, std::vector<Setting> settings) {
        for (Setting& setting : settings) setting.group = group;
        std::move(settings.begin(), settings.end(), std::back_inserter(table));
    };
    add("Listeners", listener_settings());
    add("Store", store_settings());
    add("Identity", identity_settings());
    add("Issuing", issuing_settings());
    add("Daily compaction", compaction_settings());
    add("Limits and log", limit_settings());
    return table;
}

}  // namespace

const std::vector<Setting>& setting_table() {
    static const std::vector<Setting> the_table = build_table();
    return the_table;
}

const Setting& setting_named(std::string_view name) {
    const std::vector<Setting>& table = setting_table();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const Setting& setting) { return setting.name == name; });
    base::ensure(found != table.end(), "a setting that the program names is in its table");
    return *found;
}

std::string flag_of(const Setting& setting) {
    std::string flag = "--" + std::string(setting.name);
    if (!setting.placeholder.empty()) flag += ' ' + std::string(setting.placeholder);
    return flag;
}

std::string variable_of(std::string_view setting_name) {
    std::string variable = "DIBS_";
    for (const char c : setting_name) {
        const bool is_lower = c >= 'a' && c <= 'z';
        variable += c == '-' ? '_' : is_lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return variable;
}

}  // namespace dibs::app
