// Customers and operators who do one thing after another, each over a connection of their own, all
// at the same time, and everything they do is recorded. What they do is drawn by chance.

import { requestText, Connection } from '../api/support/wire.mjs';
import { inTime } from '../api/support/poll.mjs';

// choice: beyond every deadline of the service; who has no answer by then gets none.
const ANSWER_MAX_MS = 30_000;

export class Actors {
  #nodes;
  #identity;
  #recorder;
  #random;
  #users;
  #marks = 0;
  #isOver = false;
  #running = [];

  /**
   * `nodes()` are the nodes that are there now, each `{ publicUrl, adminUrl }`. `users` is how many
   * there are; the fewer, the more often they meet themselves.
   */
  constructor({ nodes, identity, recorder, random, users }) {
    this.#nodes = nodes;
    this.#identity = identity;
    this.#recorder = recorder;
    this.#random = random;
    const { id } = recorder.coupon;
    this.#users = Array.from({ length: users }, (_, i) => `user-${id}-${i + 1}`);
  }

  get #path() { return `/api/v1/coupons/${this.#recorder.coupon.id}`; }
  get #adminPath() { return `/admin/v1/coupons/${this.#recorder.coupon.id}`; }

  /** Starts so many of each; they go on until `stop`, or until their connection breaks. */
  start({ customers, operators }) {
    this.#isOver = false;
    const start = (count, listener, act) => {
      for (let i = 0; i < count; i += 1) this.#running.push(this.#keepDoing(i, listener, act));
    };
    start(customers, 'publicUrl', (connection) => this.#actAsCustomer(connection));
    start(operators, 'adminUrl', (connection) => this.#actAsOperator(connection));
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#running);
    this.#running = [];
  }

  /**
   * Asks again, with the same key, for what had no answer, until there is one: then it is known
   * whether it was done.
   */
  async settle() {
    const open = this.#recorder.operations.filter(({ call, key, answer }) =>
      call === 'ask' && key !== undefined && answer.kind === 'unknown');
    const connection = await Connection.open(this.#nodes()[0].publicUrl);
    for (const { user, key } of open) {
      let again;
      do again = await this.#ask(connection, user, key);
      while (again.answer.kind === 'nothing');
      if (again.error) throw again.error;
    }
    connection.close();
  }

  async #keepDoing(number, listener, act) {
    const nodes = this.#nodes();
    let connection;
    try {
      connection = await Connection.open(nodes[number % nodes.length][listener]);
      while (!this.#isOver) {
        const { error } = await act(connection);
        if (error) break;
      }
    } catch (error) {
      // The node is gone between two requests; anything else is a fault of these tests.
      if (!['ECONNREFUSED', 'ECONNRESET'].includes(error.code)) throw error;
    } finally {
      connection?.close();
    }
  }

  #actAsCustomer(connection) {
    const random = this.#random;
    const user = random.pick(this.#users);
    const draw = random.next();
    if (draw < 0.5) return this.#ask(connection, user, `"${this.#marks += 1}"`);
    if (draw < 0.6) return this.#ask(connection, user, undefined);
    if (draw < 0.7) return this.#askAgain(connection);
    if (draw < 0.85) return this.#look(connection, 'holdings', '/api/v1/coupons/me?limit=100', user);
    return this.#look(connection, 'offer', this.#path);
  }

  #actAsOperator(connection) {
    const random = this.#random;
    const draw = random.next();
    if (draw < 0.2) return this.#changeStock(connection, 1 + random.upTo(4));
    if (draw < 0.3) return this.#changeStock(connection, -1 - random.upTo(1));
    if (draw < 0.5) return this.#takeBack(connection);
    if (draw < 0.7) return this.#look(connection, 'stock', `${this.#adminPath}/stock`, 'operator');
    if (draw < 0.9) return this.#look(connection, 'coupon', this.#adminPath, 'operator');
    const path = `${this.#adminPath}/registrations?limit=1000`;
    return this.#look(connection, 'registrations', path, 'operator');
  }

  #ask(connection, user, key) {
    const keyed = key === undefined ? {} : { 'Idempotency-Key': key };
    return this.#send(connection, { call: 'ask', user, key }, 'POST', `${this.#path}/me`,
      { headers: { ...this.#identity.fieldsOf(user), ...keyed } });
  }

  /** As somebody does whose answer was slow, or who presses twice. */
  #askAgain(connection) {
    const keyed = this.#recorder.operations.filter(({ key }) => key !== undefined);
    if (keyed.length === 0) return this.#ask(connection, this.#users[0], undefined);
    const { user, key } = keyed[keyed.length - 1 - this.#random.upTo(Math.min(keyed.length - 1, 40))];
    return this.#ask(connection, user, key);
  }

  #changeStock(connection, amount) {
    const mark = `mark ${this.#marks += 1}`;
    return this.#operate(connection, { call: 'changeStock', amount, mark },
      `${this.#adminPath}/inventory`, { amount, reason: mark });
  }

  #takeBack(connection) {
    const mark = `mark ${this.#marks += 1}`;
    const known = this.#recorder.operations.filter(({ answer }) => answer.kind === 'issued');
    const of = known.length === 0 ? 1 : this.#random.pick(known).answer.sequence;
    const path = `/admin/v1/registrations/${this.#recorder.coupon.id}-${of}/return`;
    return this.#operate(connection, { call: 'takeBack', of, mark }, path, { reason: mark });
  }

  #operate(connection, details, path, json) {
    const headers = this.#identity.fieldsOf('operator', { isOperator: true });
    return this.#send(connection, details, 'POST', path, { headers, body: JSON.stringify(json) });
  }

  #look(connection, what, path, user) {
    const headers = user === undefined ? {}
      : this.#identity.fieldsOf(user, { isOperator: user === 'operator' });
    return this.#send(connection, { call: 'look', what, user }, 'GET', path, { headers });
  }

  #send(connection, details, method, path, options) {
    const text = requestText(method, path, options);
    return this.#recorder.record(details, () =>
      inTime('an answer', connection.ask(text), ANSWER_MAX_MS));
  }
}
