#include <limits>
#include <utility>

#include "app/command_forms.h"
#include "domain/coupon_create.h"

namespace dibs::app {

namespace {

using domain::limit_per_user_max;
using domain::number_max;

/// A coupon command with this action; the rest is the same for all of them.
Command with_action(OptionReader& options, const Settings& settings, CouponAction action) {
    CouponCommand command{.action = std::move(action),
                          .admin = operators_address(options, settings),
                          .token = options.text("token"),
                          .token_file = options.text("token-file"),
                          .access = mint_access_of(settings),
                          .is_json = options.has("json")};
    if (options.has("token") && command.token_file) {
        options.complain("--token and --token-file exclude each other: give one of them");
    }
    return command;
}

Command read_create(OptionReader& options, const Settings& settings) {
    CreateCoupon create{
        .name = options.text("name").value_or(""),
        .description = options.text("description").value_or(""),
        .from = options.moment("from").value_or(base::Instant()),
        .to = options.moment("to").value_or(base::Instant()),
        .limit_per_user = options.whole_number("limit-per-user", 1, limit_per_user_max).value_or(1),
        .stock = options.whole_number("stock", 0, number_max).value_or(0)};
    if (create.to < create.from) {
        options.complain("--to lies before --from: nobody could ever get the coupon");
    }
    return with_action(options, settings, std::move(create));
}

Command read_list(OptionReader& options, const Settings& settings) {
    return with_action(options, settings, ListCoupons());
}

Command read_show(OptionReader& options, const Settings& settings) {
    return with_action(options, settings, ShowCoupon{.id = options.coupon_id("ID")});
}

Command read_stock(OptionReader& options, const Settings& settings) {
    const std::int64_t id = options.coupon_id("ID");
    if (!options.has("add")) {
        if (options.has("reason")) options.complain("--reason is of no use without --add");
        return with_action(options, settings, ShowStock{.id = id, .at = options.moment("at")});
    }
    if (options.has("at")) options.complain("--add and --at exclude each other");
    AddStock add{.id = id,
                 .amount = options.whole_number("add", -number_max, number_max).value_or(0),
                 .reason = options.text("reason").value_or("")};
    if (add.amount == 0) options.complain("--add of 0 changes nothing");
    if (add.reason.empty()) options.complain("--add needs --reason: it is kept with the event");
    return with_action(options, settings, std::move(add));
}

Command read_history(OptionReader& options, const Settings& settings) {
    return with_action(options, settings,
                       ShowHistory{.id = options.coupon_id("ID"),
                                   .from = options.moment("from"),
                                   .to = options.moment("to")});
}

const OptionForm id_option{
    .name = "ID", .meaning = "The coupon", .kind = OptionKind::positional, .is_required = true};

/// A form with the options that all of the family have behind its own.
CommandForm coupon_form(CommandForm form) {
    const OptionForm shared[] = {
        {.name = "admin",
         .placeholder = "URL",
         .meaning = "Where operators are answered",
         .default_words = "that of --admin-listen"},
        {.name = "token",
         .placeholder = "TOKEN",
         .meaning = "An operator's token; others can read command lines, so rather set DIBS_TOKEN",
         .default_words = "made with the store's key"},
        {.name = "token-file", .placeholder = "FILE", .meaning = "A file that holds the token"},
        {.name = "json", .meaning = "Write JSON, for machines", .kind = OptionKind::flag}};
    form.options.insert(form.options.end(), std::begin(shared), std::end(shared));
    form.settings = operators_client_settings();
    return form;
}

CommandForm create_form() {
    return coupon_form(
        {.name = "coupon create",
         .meaning = "Announce a coupon",
         .options = {{.name = "name",
                      .placeholder = "TEXT",
                      .meaning = "What customers see",
                      .is_required = true},
                     {.name = "stock",
                      .placeholder = "N",
                      .meaning = "How many there are",
                      .is_required = true},
                     {.name = "from",
                      .placeholder = "TIME",
                      .meaning = "The first moment at which it is given out",
                      .default_text = "now"},
                     {.name = "to",
                      .placeholder = "TIME",
                      .meaning = "The last moment: 2026-11-27T12:00:00+09:00, or +7d from now",
                      .is_required = true},
                     {.name = "limit-per-user",
                      .placeholder = "N",
                      .meaning = "How many one user can hold",
                      .default_text = "1"},
                     {.name = "description", .placeholder = "TEXT", .meaning = "More about it"}},
         .settings = {},
         .examples = "  dibs coupon create --name \"Black Friday 50%\" --stock 1000 --to +7d\n"
                     "  dibs coupon create --name Early --stock 10 --from 2026-11-27T12:00:00Z "
                     "--to 2026-11-27T13:00:00Z\n",
         .read = read_create});
}

CommandForm stock_form() {
    return coupon_form(
        {.name = "coupon stock",
         .meaning = "Show a coupon's stock, now or at a moment, or add to it",
         .options = {id_option,
                     {.name = "at",
                      .placeholder = "TIME",
                      .meaning = "As it stood at this moment",
                      .default_words = "now"},
                     {.name = "add",
                      .placeholder = "N",
                      .meaning = "Append an event: so many more, or with --add=-N fewer"},
                     {.name = "reason",
                      .placeholder = "TEXT",
                      .meaning = "Why; kept with the event that --add appends"}},
         .settings = {},
         .examples = "  dibs coupon stock 42\n"
                     "  dibs coupon stock 42 --at 2026-11-27T12:00:00Z\n"
                     "  dibs coupon stock 42 --add 500 --reason \"second batch\"\n",
         .read = read_stock});
}

CommandForm history_form() {
    return coupon_form({.name = "coupon history",
                        .meaning = "Show every inventory event of a coupon",
                        .options = {id_option,
                                    {.name = "from",
                                     .placeholder = "TIME",
                                     .meaning = "Only those created at or after this moment"},
                                    {.name = "to",
                                     .placeholder = "TIME",
                                     .meaning = "Only those created at or before this moment"}},
                        .settings = {},
                        .examples = "  dibs coupon history 42\n",
                        .read = read_history});
}

}  // namespace

std::vector<CommandForm> coupon_forms() {
    return {create_form(),
            coupon_form({.name = "coupon list",
                         .meaning = "List all coupons",
                         .options = {},
                         .settings = {},
                         .examples = "  dibs coupon list\n",
                         .read = read_list}),
            coupon_form({.name = "coupon show",
                         .meaning = "Show a coupon",
                         .options = {id_option},
                         .settings = {},
                         .examples = "  dibs coupon show 42\n",
                         .read = read_show}),
            stock_form(), history_form()};
}

}  // namespace dibs::app
