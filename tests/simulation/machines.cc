#include "simulation/machines.h"

namespace dibs::simulation {

using std::chrono::microseconds;
using namespace std::chrono_literals;

namespace {

// choice: how often a stopping node is looked at.
constexpr Time look_interval = 10'000;

}  // namespace

Machines::Machines(Server& server, Recorder& recorder, const NodeSettings& settings,
                   const scheduler::DailyTime& daily, int count, base::Instant start)
    : server_(server), recorder_(recorder), settings_(settings), daily_(daily) {
    for (int i = 0; i < count; ++i) {
        machines_.push_back(
            {.clock = std::make_unique<NodeClock>(server.conductor(), start), .node = nullptr});
    }
}

Machines::~Machines() {
    for (const Machine& machine : machines_) {
        if (machine.node) server_.conductor().end(machine.node->owner());
    }
}

Node* Machines::any_node() {
    Node* const one = node(static_cast<int>(server_.random().between(0, count() - 1)));
    return one == nullptr || one->is_stopping() ? nullptr : one;
}

void Machines::start(int machine) {
    if (node(machine) != nullptr) return;
    server_.trace().note(server_.now(), "node{} starts", machine);
    machines_[at(machine)].node =
        std::make_unique<Node>(server_, *machines_[at(machine)].clock, settings_, recorder_, daily_,
                               machine, ++last_owner_);
}

void Machines::begin_trouble(Time interval, Time end) {
    server_.conductor().after(server_.random().between(0, 2 * interval), world,
                              [this, interval, end] { trouble(interval, end); });
}

void Machines::end_trouble() {
    server_.fail_for(0);
    for (int i = 0; i < count(); ++i) start(i);
    set_clocks(0us);
}

void Machines::set_clocks(microseconds ahead) {
    for (const Machine& machine : machines_) machine.clock->set_right(ahead);
}

void Machines::trouble(Time interval, Time end) {
    if (server_.now() >= end) return;
    const auto machine = static_cast<int>(server_.random().between(0, count() - 1));
    switch (server_.random().between(0, 9)) {
        case 0:
        case 1: crash(machine); break;
        case 2: stop(machine); break;
        case 3:
        case 4: pause(machine); break;
        case 5:
            server_.trace().note(server_.now(), "the server is away");
            server_.fail_for(server_.random().between(10'000, 2'000'000));
            break;
        default: set_clock(machine); break;
    }
    begin_trouble(interval, end);
}

void Machines::crash(int machine) {
    const Node* const victim = node(machine);
    if (victim == nullptr) return;
    server_.trace().note(server_.now(), "node{} dies", machine);
    server_.conductor().end(victim->owner());
    machines_[at(machine)].node.reset();
    recorder_.note_death(machine);
    start_later(machine);
}

void Machines::stop(int machine) {
    Node* const leaving = node(machine);
    if (leaving == nullptr || leaving->is_stopping()) return;
    server_.trace().note(server_.now(), "node{} stops", machine);
    leaving->stop();
    end_when_stopped(machine, leaving->owner());
}

void Machines::end_when_stopped(int machine, Owner owner) {
    Node* const leaving = node(machine);
    if (leaving == nullptr || leaving->owner() != owner) return;  // It died meanwhile.
    if (!leaving->has_stopped()) {
        return server_.conductor().after(
            look_interval, world, [this, machine, owner] { end_when_stopped(machine, owner); });
    }
    server_.trace().note(server_.now(), "node{} has stopped", machine);
    server_.conductor().end(owner);
    machines_[at(machine)].node.reset();
    start_later(machine);
}

void Machines::pause(int machine) {
    const Node* const frozen = node(machine);
    if (frozen == nullptr) return;
    Random& random = server_.random();
    const Time duration = random.happens(500'000) ? random.between(1'000, 300'000)
                                                  : random.between(300'000, 15'000'000);
    server_.trace().note(server_.now(), "node{} stands still for {}", machine, duration);
    server_.conductor().pause(frozen->owner(), duration);
    recorder_.seen().standstills.push_back(
        {.node = machine, .from = server_.now(), .to = server_.now() + duration});
    if (settings_.scope == repository::GroupScope::all_coupons || random.happens(400'000)) return;
    // The server has waited long enough for it.
    const bool is_told = random.happens(500'000);
    server_.conductor().after(random.between(0, duration), world,
                              [this, is_told, name = frozen->name()] {
                                  if (is_told) return server_.cut_off(name);
                                  server_.steal_locks(name);
                              });
}

void Machines::set_clock(int machine) {
    Random& random = server_.random();
    NodeClock& clock = *machines_[at(machine)].clock;
    const auto kind = random.between(0, 5);
    if (kind == 0) {
        clock.freeze();
    } else if (kind <= 2) {
        clock.thaw();
        clock.jump(microseconds(random.between(-3'000'000, 3'000'000)));
    } else {
        clock.thaw();
        clock.jump(std::chrono::hours(random.between(-1, 1) * 24));
    }
    server_.trace().note(server_.now(), "node{}'s clock is set to {}", machine,
                         base::to_microseconds(clock.now()));
    if (random.happens(800'000)) {
        server_.conductor().after(random.between(10'000, 1'500'000), world,
                                  [&clock] { clock.set_right(); });
    }
}

void Machines::start_later(int machine) {
    server_.conductor().after(server_.random().between(1'000, 1'500'000), world,
                              [this, machine] { start(machine); });
}

}  // namespace dibs::simulation
