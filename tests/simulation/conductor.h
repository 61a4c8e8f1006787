#pragma once

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <unordered_set>
#include <vector>

#include "simulation/random.h"
#include "simulation/trace.h"

namespace dibs::simulation {

/// Where the stacks of fibres come from; they are used again from run to run. A handle.
using FibreStacks = boost::context::pooled_fixedsize_stack;

/// Whose a fibre or a deed is: the world's, or one life of one node's. It can be paused or ended,
/// with all that is its own.
using Owner = std::int64_t;
inline constexpr Owner world = 0;

/// The one thread of a simulation, its virtual time, and who has it next.
///
/// Whatever has a thread of its own in production is a fibre here. A fibre goes on until it sleeps
/// or waits, and nothing else runs meanwhile; who is next is drawn by the seed. Time passes only
/// when everybody sleeps, and then at once.
class Conductor {
public:
    Conductor(Random& random, FibreStacks stacks) : random_(random), stacks_(std::move(stacks)) {}
    /// Ends every fibre that is left.
    ~Conductor();

    Conductor(const Conductor&) = delete;
    Conductor& operator=(const Conductor&) = delete;

    [[nodiscard]] Time now() const { return now_; }

    /// Does `deed` after so much time, unless its owner has ended. It must not sleep or wait.
    void after(Time duration, Owner owner, std::function<void()> deed);

    /// Starts a fibre, which begins some time later.
    void spawn(Owner owner, std::function<void()> body);

    // From a fibre only.

    /// Lets others go on for so much time.
    void sleep(Time duration);

    /// Longer than any run.
    static constexpr Time for_ever = std::int64_t{1} << 60;

    /// Lets others go on until `ready` is true or so much time has passed; what `ready` gives then.
    bool wait(const std::function<bool()>& ready, Time longest);

    // Not from a fibre of the owner's.

    /// Ends an owner: what its fibres hold is destroyed, in the middle of whatever they do, and
    /// nothing of its own happens any more.
    void end(Owner owner);
    /// Whether fibres are being ended, so that whoever is destroyed knows that nobody let go of it.
    [[nodiscard]] bool is_ending() const { return is_ending_; }

    /// Stops an owner as a signal would: nothing of its own happens before so much time has passed.
    void pause(Owner owner, Time duration);

    /// Lets everything happen that happens up to `end`.
    void run_until(Time end);

    /// How many events there were. A run that never ends is told by it.
    [[nodiscard]] std::uint64_t event_count() const { return event_count_; }

private:
    struct Fibre {
        Owner owner = world;
        boost::context::fiber context;
        const std::function<bool()>* ready = nullptr;  // While it waits.
        std::uint64_t turn = 0;  // An event of an earlier turn is of no interest any more.
    };
    struct Event {
        Time at = 0;
        std::uint64_t tie = 0;  // Who of two at one time is first: drawn.
        std::uint64_t number = 0;
        Owner owner = world;
        std::shared_ptr<Fibre> fibre;
        std::uint64_t turn = 0;
        std::shared_ptr<std::function<void()>> deed;

        bool operator<(const Event& other) const {  // The queue's top is the largest.
            if (at != other.at) return at > other.at;
            if (tie != other.tie) return tie > other.tie;
            return number > other.number;
        }
    };

    void push(Event event);
    void wake_after(Time duration, const std::shared_ptr<Fibre>& fibre);
    void happen(Event event);
    void resume(const std::shared_ptr<Fibre>& fibre);
    void leave();
    void wake_who_is_ready();

    Random& random_;
    FibreStacks stacks_;
    Time now_ = 0;
    std::uint64_t event_count_ = 0;
    std::priority_queue<Event> events_;
    std::vector<std::shared_ptr<Fibre>> fibres_;
    std::vector<std::shared_ptr<Fibre>> waiting_;
    std::unordered_set<Owner> ended_;
    std::vector<std::pair<Owner, Time>> paused_;
    std::shared_ptr<Fibre> current_;
    boost::context::fiber main_;  // Where `leave` goes.
    std::exception_ptr thrown_;   // By the fibre that has just left.
    bool is_ending_ = false;
};

}  // namespace dibs::simulation
