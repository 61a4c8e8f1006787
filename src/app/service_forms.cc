#include <fmt/format.h>

#include "app/command_forms.h"

namespace dibs::app {

namespace {

Command read_serve(OptionReader& /*options*/, const Settings& settings) {
    return ServeCommand{.settings = settings};
}

Command read_migrate(OptionReader& /*options*/, const Settings& settings) {
    return MigrateCommand{.store = settings.store};
}

Command read_compact(OptionReader& options, const Settings& settings) {
    return CompactCommand{.store = settings.store,
                          .allow_fsync_off = settings.allow_fsync_off,
                          .until = options.moment("until"),
                          .time_zone = settings.time_zone,
                          .keep_days = settings.compact_keep_days,
                          .step = settings.compact_step};
}

Command read_verify(OptionReader& options, const Settings& settings) {
    VerifyCommand command{.store = settings.store, .coupon_id = {}, .is_json = options.has("json")};
    if (options.has("coupon")) command.coupon_id = options.coupon_id("coupon");
    return command;
}

Command read_copy(OptionReader& options, const Settings& /*settings*/) {
    CopyCommand command{.from = options.text("from").value_or(""),
                        .to = options.text("to").value_or("")};
    if (command.from == command.to) options.complain("--from and --to name the same store");
    return command;
}

Command read_token(OptionReader& options, const Settings& settings) {
    return TokenCommand{.access = mint_access_of(settings),
                        .user = options.user("user"),
                        .is_admin = options.has("admin"),
                        .lifetime = options.duration("ttl").value_or(std::chrono::seconds(0))};
}

CommandForm serve_form() {
    return {.name = "serve",
            .meaning = "Answer customers and operators until told to stop",
            .options = {{.name = "print-config",
                         .meaning = "Show the settings and where each came from, and end",
                         .kind = OptionKind::flag}},
            .settings = all_setting_names(),
            .examples =
                "  dibs serve\n"
                "  dibs serve --listen 0.0.0.0:8080 --store sqlite:/var/lib/dibs/dibs.db\n"
                "  dibs serve --config /etc/dibs.toml --print-config\n"
                "  DIBS_AUTH=trusted-header dibs serve\n",
            .read = read_serve};
}

CommandForm migrate_form() {
    return {.name = "migrate",
            .meaning = "Bring a store's schema up to this version, or make a new store",
            .options = {},
            .settings = {"store"},
            .examples = "  dibs migrate --store sqlite:./dibs.db\n",
            .read = read_migrate};
}

CommandForm compact_form() {
    return {
        .name = "compact",
        .meaning = "Fold inventory events into cumulative ones, as happens daily",
        .options = {{.name = "until",
                     .placeholder = "TIME",
                     .meaning = "Fold what was created before this moment",
                     .default_words = "the start of today, less the days that are kept"}},
        .settings = {"store", "allow-fsync-off", "time-zone", "compact-keep-days", "compact-step"},
        .examples =
            "  dibs compact --store sqlite:./dibs.db\n"
            "  dibs compact --until 2026-11-28T00:00:00+09:00\n",
        .read = read_compact};
}

CommandForm verify_form() {
    return {.name = "verify",
            .meaning = "Fold every event ever and say whether the books are right",
            .options = {{.name = "coupon",
                         .placeholder = "ID",
                         .meaning = "Look at this coupon only",
                         .default_words = "all of them"},
                        {.name = "json",
                         .meaning = "Write JSON, for machines",
                         .kind = OptionKind::flag}},
            .settings = {"store"},
            .examples =
                "  dibs verify --store sqlite:./dibs.db\n"
                "  dibs verify --coupon 42 --json\n",
            .read = read_verify};
}

CommandForm copy_form() {
    return {
        .name = "copy",
        .meaning = "Copy all that a store has into another one, of whatever kind, and verify both",
        .options = {{.name = "from",
                     .placeholder = "URL",
                     .meaning = "The store to copy, which nothing may write meanwhile",
                     .is_required = true},
                    {.name = "to",
                     .placeholder = "URL",
                     .meaning = "Where to: an empty store, or a copy that was cut off",
                     .is_required = true}},
        .settings = {},
        .examples =
            "  dibs copy --from sqlite:./dibs.db --to postgresql://dibs@db.example/dibs\n"
            "  dibs copy --from postgresql://dibs@db.example/dibs --to sqlite:./dibs.db\n"
            "  dibs copy --from postgresql://old/dibs --to 'postgresql://a/dibs "
            "postgresql://b/dibs'\n",
        .read = read_copy};
}

CommandForm token_form() {
    return {.name = "token",
            .meaning = "Make a token for a user, signed with the store's key",
            .options = {{.name = "user",
                         .placeholder = "NAME",
                         .meaning = "Whom the token is for",
                         .is_required = true},
                        {.name = "admin",
                         .meaning = "Make the user an operator (scope coupons:admin)",
                         .kind = OptionKind::flag},
                        {.name = "ttl",
                         .placeholder = "DURATION",
                         .meaning = "How long the token lives, 1s to 36525d: 90s, 15m, 1h, 7d",
                         .default_text = "1h"}},
            .settings = minting_settings(),
            .examples =
                "  dibs token --user alice\n"
                "  dibs token --store sqlite:./dibs.db --user root --admin --ttl 15m\n",
            .read = read_token};
}

/// Where a client reaches what listens there: who listens on all addresses of a machine answers at
/// its own, too. `option` is the one to name another place with.
Endpoint reach(const Endpoint& listen, std::string_view setting, std::string_view option,
               OptionReader& options) {
    if (listen.port == 0) {
        options.complain(fmt::format(
            "--{} of port 0 is another port at each start: say which with --{}", setting, option));
    }
    if (listen.host == "0.0.0.0") return {"127.0.0.1", listen.port};
    if (listen.host == "::") return {"::1", listen.port};
    return listen;
}

}  // namespace

std::vector<std::string_view> client_settings() {
    return {"listen",          "admin-listen", "store",       "auth",
            "jwt-secret-file", "jwt-issuer",   "jwt-audience"};
}

std::vector<std::string_view> operators_client_settings() {
    return {"admin-listen", "store", "auth", "jwt-secret-file", "jwt-issuer", "jwt-audience"};
}

Endpoint operators_address(OptionReader& options, const Settings& settings) {
    if (options.has("admin")) return options.http_address("admin");
    return reach(settings.admin_listen, "admin-listen", "admin", options);
}

std::vector<Endpoint> customers_addresses(OptionReader& options, const Settings& settings) {
    if (options.has("target")) return options.http_addresses("target");
    return {reach(settings.listen, "listen", "target", options)};
}

std::vector<std::string_view> minting_settings() {
    return {"store", "jwt-secret-file", "jwt-issuer", "jwt-audience"};
}

MintAccess mint_access_of(const Settings& settings) {
    return {.auth = settings.auth,
            .store = settings.store,
            .jwt_secret_file = settings.jwt_secret_file,
            .issuer = settings.jwt_issuer,
            .audience = settings.jwt_audience};
}

std::vector<CommandForm> service_forms() {
    return {serve_form(), migrate_form(), compact_form(), verify_form(), copy_form(), token_form()};
}

}  // namespace dibs::app
