// Writes down what was asked of a coupon, what was answered, and when: by one steady clock, the
// request's time taken before its first byte goes out, and the answer's after its last has come.

import { performance } from 'node:perf_hooks';

const isNothingDone = ({ status, json }) => status === 429
  || (status === 503 && json.code !== 'outcome-unknown');

const sequenceOf = (id) => Number(id.split('-')[1]);
const registrations = (items) => items.map(({ id, status }) => ({ sequence: sequenceOf(id), status }));

/** What the answer to each call says, in the checker's words; undefined if it may not be. */
const READ = {
  announce: () => ({ kind: 'appended', sequence: 1 }),  // The first event, of the stock.
  ask: ({ status, json, fields }) => {
    if (status === 201) {
      const isReplay = fields['idempotent-replayed'] === 'true';
      return { kind: 'issued', sequence: sequenceOf(json.id), rank: json.rank, isReplay };
    }
    if (json.code === 'coupon-sold-out') return { kind: 'soldOut' };
    if (json.code !== 'coupon-already-registered') return undefined;
    const held = registrations(json.items).filter((one) => one.status === 'active');
    return { kind: 'already', held: held.map(({ sequence }) => sequence) };
  },
  changeStock: ({ status, json }) => {
    if (status === 201) return { kind: 'appended', sequence: json.sequence };
    return json.code === 'stock-below-zero' ? { kind: 'belowZero' } : undefined;
  },
  takeBack: ({ status, json, fields }) => {
    if (status === 201) return { kind: 'appended', sequence: Number(fields.location.split('/').pop()) };
    if (json.code === 'already-returned') return { kind: 'alreadyReturned' };
    return json.code === 'registration-not-found' ? { kind: 'notFound' } : undefined;
  },
  stock: ({ json }) => ({ kind: 'stock', stock: json.stock, issued: json.issued }),
  offer: ({ json }) => ({ kind: 'offer', remaining: json.remaining }),
  coupon: ({ json }) =>
    ({ kind: 'coupon', stock: json.stock, issued: json.issued, sequence: json.sequence }),
  history: ({ json }) => ({ kind: 'history', length: json.items.length }),
  registrations: ({ json }) => ({ kind: 'registrations', items: registrations(json.items) }),
  holdings: ({ json }, couponId) => ({
    kind: 'holdings', items: registrations(json.items.filter((item) => item.couponId === couponId)),
  }),
};

export class Recorder {
  operations = [];

  constructor(coupon) { this.coupon = coupon; }

  /**
   * Does `send`, which brings the answer, and writes it down. `details` are the checker's: `call`,
   * and what belongs to it. The operation; where no answer came, `unknown`.
   */
  async record(details, send) {
    const operation = { ...details, invokedAt: performance.now(), answeredAt: Infinity };
    operation.answer = { kind: 'unknown' };
    this.operations.push(operation);
    let answer;
    try {
      answer = await send();
    } catch (error) {
      operation.error = error;
      return operation;
    }
    operation.answeredAt = performance.now();
    operation.answer = this.#read(details, answer);
    return operation;
  }

  /** How many operations there are of each call and kind of answer. */
  get counts() {
    const counts = {};
    for (const { call, answer } of this.operations) {
      const name = `${call} ${answer.kind}${answer.isReplay ? ' again' : ''}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  #read({ call, what }, answer) {
    if (answer.status === 503 && answer.json.code === 'outcome-unknown') return { kind: 'unknown' };
    if (isNothingDone(answer)) return { kind: 'nothing' };
    // A part of a listing says too little: the rest is of another moment.
    if (call === 'look' && typeof answer.json.next === 'string') return { kind: 'nothing' };
    const isRight = call !== 'look' || answer.status === 200;
    const read = isRight && READ[call === 'look' ? what : call](answer, this.coupon.id);
    if (!read) throw new Error(`${call} ${what ?? ''} was answered ${answer.status}: ${answer.text}`);
    return read;
  }
}
