// Customers as they should be: some connections, each of which asks, waits for the answer, and asks
// again in another name. How many are answered a second, with something else going on or without.

import { performance } from 'node:perf_hooks';

import { askRequest } from './customer.mjs';
import { inTime } from './poll.mjs';
import { Connection, requestText } from './wire.mjs';

const CONNECTIONS = 8;

export class GoodTraffic {
  #shop;
  #coupon;
  #connections = [];
  #asked = 0;

  constructor(shop, coupon) {
    this.#shop = shop;
    this.#coupon = coupon;
  }

  async open() {
    while (this.#connections.length < CONNECTIONS) {
      this.#connections.push(await Connection.open(this.#shop.url));
    }
  }

  close() {
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  /** Goes on for so long; `{ perSecond, slowestMs }`. Whatever isn't a 201 is an error. */
  async run(durationMs) {
    const start = performance.now();
    let [answered, slowestMs] = [0, 0];
    await Promise.all(this.#connections.map(async (connection) => {
      while (performance.now() < start + durationMs) {
        const sentAt = performance.now();
        const answer = await inTime('a good customer is answered', connection.ask(this.#request()));
        if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
        answered += 1;
        slowestMs = Math.max(slowestMs, performance.now() - sentAt);
      }
    }));
    return { perSecond: (answered * 1000) / (performance.now() - start), slowestMs };
  }

  #request() {
    this.#asked += 1;
    const fields = this.#shop.identity.fieldsOf(`good-${this.#asked}`);
    const { method, path, ...rest } = askRequest(this.#coupon.id, fields);
    return requestText(method, path, rest);
  }
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/**
 * The good traffic's rate beside a burden, as a part of its rate without: measured in turns, as a
 * machine's mood changes. `burden()` begins it and brings what ends it. `check` is called while it
 * lasts, after the measurement; `settle` when it was ended, and waits until nothing is left of it.
 */
export async function rateBeside(traffic, burden, { rounds, durationMs, check, settle }) {
  const [alone, beside] = [[], []];
  let slowestMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    alone.push((await traffic.run(durationMs)).perSecond);
    const end = await burden();
    try {
      const measured = await traffic.run(durationMs);
      beside.push(measured.perSecond);
      slowestMs = Math.max(slowestMs, measured.slowestMs);
      await check?.();
    } finally {
      await end();
    }
    await settle();
  }
  return { ratio: median(beside) / median(alone), alone: median(alone), beside: median(beside),
    slowestMs };
}

/**
 * How long is measured, and what is asked of the ratio: in the short form for moments, where a disk
 * that is held up by other tests costs most of a rate, so that only a standstill is noticed (0.14
 * was seen); in the long form (DIBS_BURDEN_SECONDS, 3 or more)
 * what is promised.
 */
export const measuring = (() => {
  const seconds = Number(process.env.DIBS_BURDEN_SECONDS || 0.3);
  const isLong = seconds >= 3;
  return { isLong, rounds: isLong ? 5 : 3, durationMs: seconds * 1000, ratioMin: isLong ? 0.9 : 0.05 };
})();

/** The figures of a measurement in a line. */
export function tell({ ratio, alone, beside, slowestMs }) {
  return `${beside.toFixed(0)}/s beside it and ${alone.toFixed(0)}/s without, ${ratio.toFixed(2)};`
    + ` the slowest answer took ${slowestMs.toFixed(0)} ms`;
}
