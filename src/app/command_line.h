#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "app/settings.h"
#include "app/value_spelling.h"
#include "base/instant.h"

namespace dibs::app {

/// How the process ends.
enum class ExitCode : std::uint8_t {
    done = 0,
    failed = 1,       ///< It failed, or it found something.
    wrong_usage = 2,  ///< What was asked for makes no sense.
};

/// `dibs serve`
struct ServeCommand {
    Settings settings;
};

/// `dibs demo`: a service, a coupon and a crowd, on this machine, for a moment.
struct DemoCommand {
    std::size_t users = 0;
    std::size_t stock = 0;
    std::size_t connections = 0;       ///< 0: as many as users, if the open files allow it.
    bool exits = false;                ///< End after the sale instead of serving on.
    std::optional<std::string> store;  ///< Nothing: a new temporary folder.
    std::size_t nodes = 1;             ///< How many services share the store.
    Endpoint listen;
    Endpoint admin_listen;
};

/// `dibs migrate`
struct MigrateCommand {
    std::string store;
};

/// `dibs compact`
struct CompactCommand {
    std::string store;
    bool allow_fsync_off = false;
    std::optional<base::Instant> until;  ///< Nothing: the start of today, less the days kept.
    std::string time_zone;
    std::size_t keep_days = 0;
    std::size_t step = 0;
};

/// `dibs verify`
struct VerifyCommand {
    std::string store;
    std::optional<std::int64_t> coupon_id;  ///< Nothing: all of them.
    bool is_json = false;
};

/// `dibs copy`: everything that one store has, into another.
struct CopyCommand {
    std::string from;
    std::string to;
};

/// How a command proves to a service whom it speaks for: by the gateway's headers, or by tokens;
/// where the secret lies that these are minted with, and what they claim.
struct MintAccess {
    AuthenticationMode auth = AuthenticationMode::jwt;
    std::string store;                           ///< Whose key file it is, if no file is named.
    std::optional<std::string> jwt_secret_file;  ///< Wins over the store's.
    std::optional<std::string> issuer;
    std::optional<std::string> audience;
};

/// `dibs token`
struct TokenCommand {
    MintAccess access;
    std::string user;
    bool is_admin = false;
    std::chrono::seconds lifetime{0};
};

/// What `dibs coupon` does.
struct CreateCoupon {
    std::string name;
    std::string description;
    base::Instant from;
    base::Instant to;
    std::int64_t limit_per_user = 1;
    std::int64_t stock = 0;
};
struct ListCoupons {};
struct ShowCoupon {
    std::int64_t id = 0;
};
struct ShowStock {
    std::int64_t id = 0;
    std::optional<base::Instant> at;  ///< Nothing: now.
};
struct AddStock {
    std::int64_t id = 0;
    std::int64_t amount = 0;  ///< Not 0; below it takes away.
    std::string reason;
};
struct ShowHistory {
    std::int64_t id = 0;
    std::optional<base::Instant> from;
    std::optional<base::Instant> to;
};
using CouponAction =
    std::variant<CreateCoupon, ListCoupons, ShowCoupon, ShowStock, AddStock, ShowHistory>;

/// `dibs coupon`, over the operators' API.
struct CouponCommand {
    CouponAction action;
    Endpoint admin;
    std::optional<std::string> token;       ///< As given; else
    std::optional<std::string> token_file;  ///< in this file; else as
    MintAccess access;                      ///< this says.
    bool is_json = false;
};

/// `dibs rehearse`: a crowd for a service that runs already.
struct RehearseCommand {
    std::vector<Endpoint> targets;  ///< One node, or several of the same service.
    Endpoint admin;
    std::optional<std::int64_t> coupon_id;  ///< Nothing: a new coupon with `stock`.
    std::int64_t stock = 0;
    std::size_t users = 0;
    std::size_t connections = 0;  ///< 0: as many as users, if the open files allow it.
    std::size_t rate = 0;         ///< Requests a second; 0: as fast as answers come.
    /// Nothing: everybody asks once, all at the same moment.
    std::optional<std::chrono::seconds> duration;
    MintAccess access;
    bool is_json = false;
};

using Command =
    std::variant<ServeCommand, DemoCommand, MigrateCommand, CompactCommand, VerifyCommand,
                 CopyCommand, TokenCommand, CouponCommand, RehearseCommand>;

/// What the process was started with.
struct Invocation {
    std::vector<std::string> arguments;  ///< Without the program's own name.
    Environment environment;
    base::Instant now;  ///< For moments that are given as `now` or `+1h`.
};

/// What is to be done, or how the process ends because there is nothing left to do: help, the
/// version and the configuration were written to `out`, and what is wrong to `err`, as one line
/// beginning with `dibs: `. Blocks on the disk if there is a configuration file.
[[nodiscard]] std::expected<Command, ExitCode> parse_command_line(const Invocation& invocation,
                                                                  std::ostream& out,
                                                                  std::ostream& err);

}  // namespace dibs::app
