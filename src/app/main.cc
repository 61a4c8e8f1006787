#include <iostream>
#include <utility>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/serve.h"
#include "base/clock.h"

extern char** environ;

namespace {

using namespace dibs::app;

struct Run {
    ExitCode operator()(const ServeCommand& command) const { return serve(command); }
    ExitCode operator()(const DemoCommand& command) const { return demonstrate(command); }
    ExitCode operator()(const MigrateCommand& command) const { return migrate(command); }
    ExitCode operator()(const CompactCommand& command) const { return compact(command); }
    ExitCode operator()(const VerifyCommand& command) const { return verify(command); }
    ExitCode operator()(const CopyCommand& command) const { return copy(command); }
    ExitCode operator()(const TokenCommand& command) const { return print_token(command); }
    ExitCode operator()(const CouponCommand& command) const { return manage_coupons(command); }
    ExitCode operator()(const RehearseCommand& command) const { return rehearse(command); }
};

}  // namespace

int main(int argument_count, char** arguments) {
    const auto command =
        parse_command_line({.arguments = {arguments + 1, arguments + argument_count},
                            .environment = read_environment(environ),
                            .now = dibs::base::SystemClock().now()},
                           std::cout, std::cerr);
    const ExitCode code = command ? std::visit(Run(), *command) : command.error();
    return std::to_underlying(code);
}
