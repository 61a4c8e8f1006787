// The model of one coupon: its events in their order, and what held after each of them. Position 0
// is before the first event, position n after the n-th. Shares no code with the service.

/** What a user holds at one position: registrations by sequence, each active or returned. */
const NOTHING = new Map();

export class Stream {
  #stock = [0];
  #issued = [0];
  #holdings = new Map();  // By user: [{ from: position, held: Map(sequence → status) }].
  #registrations = new Map();  // By sequence of the issued event: { user, returnedAt }.
  #byKey = new Map();  // By user and key: the place of the event that the key brought.

  /**
   * `events` as the history has them. `requestOf(event)` is what was asked for by whoever got it: a
   * `key`, or which registration was taken back, `of`. What is wrong with the events in themselves
   * goes to `faults`.
   */
  constructor(events, { limitPerUser, requestOf }, faults) {
    this.limitPerUser = limitPerUser;
    for (const event of events) this.#append(event, requestOf(event) ?? {}, faults);
  }

  get length() { return this.#stock.length - 1; }
  stockAt(position) { return this.#stock[position]; }
  issuedAt(position) { return this.#issued[position]; }

  /** The registrations that a user had been given at a position, with their status there. */
  holdingsAt(user, position) {
    const changes = this.#holdings.get(user) ?? [];
    let found = NOTHING;
    for (const { from, held } of changes) {
      if (from > position) break;
      found = held;
    }
    return found;
  }

  /** The sequences of those that the user has and that were not taken back. */
  activeAt(user, position) {
    return [...this.holdingsAt(user, position)]
      .filter(([, status]) => status === 'active').map(([sequence]) => sequence);
  }

  /** Whether the user's key had brought something by then. */
  isKeyUsedAt(user, key, position) {
    return key !== undefined && this.#byKey.get(`${user} ${key}`) <= position;
  }

  /** Undefined if nobody was registered there by then. */
  statusAt(sequence, position) {
    const registration = this.#registrations.get(sequence);
    if (!registration || sequence > position) return undefined;
    return registration.returnedAt <= position ? 'returned' : 'active';
  }

  /** All registrations at a position, with their status, by sequence. */
  registrationsAt(position) {
    const sequences = [...this.#registrations.keys()].filter((sequence) => sequence <= position);
    return sequences.map((sequence) => ({ sequence, status: this.statusAt(sequence, position) }));
  }

  #append(event, { key, of }, faults) {
    const place = this.length + 1;
    const say = (what) => faults.push(`event ${event.sequence}: ${what}`);
    if (event.sequence !== place) say(`it stands at place ${place}`);
    const stock = this.#stock.at(-1) + event.amount;
    const issued = this.#issued.at(-1) + (event.kind === 'issued' ? 1 : 0);
    if (stock < 0) say(`oversold: the stock is ${stock}`);
    if (event.stockAfter !== stock) say(`it says ${event.stockAfter} are left; ${stock} are`);
    if (event.issuedAfter !== issued) say(`it says rank ${event.issuedAfter}; it is ${issued}`);
    this.#stock.push(stock);
    this.#issued.push(issued);
    if (event.kind === 'issued') this.#register(event, place, say);
    if (event.kind === 'issued') this.#byKey.set(`${event.userId} ${key}`, place);
    if (event.kind === 'returned') this.#takeBack(of, place, say);
  }

  #register({ userId, amount }, place, say) {
    if (amount !== -1) say(`an issue of ${amount}`);
    this.#registrations.set(place, { user: userId, returnedAt: Infinity });
    this.#change(userId, place, (held) => held.set(place, 'active'));
    const active = this.activeAt(userId, place);
    if (active.length > this.limitPerUser) say(`${userId} holds ${active.length}`);
  }

  #takeBack(sequence, place, say) {
    const registration = this.#registrations.get(sequence);
    if (!registration) {
      say(`it takes back ${sequence}, which nobody had`);
    } else if (registration.returnedAt <= place) {
      say(`it takes ${sequence} back a second time`);
    } else {
      registration.returnedAt = place;
      this.#change(registration.user, place, (held) => held.set(sequence, 'returned'));
    }
  }

  #change(user, place, change) {
    const changes = this.#holdings.get(user) ?? [];
    const held = new Map(changes.at(-1)?.held);
    change(held);
    changes.push({ from: place, held });
    this.#holdings.set(user, changes);
  }
}
