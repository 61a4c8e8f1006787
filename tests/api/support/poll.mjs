// Waiting for something that happens in another process: look, and look again until a deadline.
// Nothing here waits for a fixed time and then hopes.

import { setTimeout as pause } from 'node:timers/promises';

// choice: short enough not to slow a run down, long enough not to keep a core busy.
const LOOK_EVERY_MS = 10;

/**
 * Looks until `look` returns something truthy, and returns that. What `look` throws counts as "not
 * yet"; it is shown if the deadline passes.
 */
export async function eventually(what, look, { within = 20_000, every = LOOK_EVERY_MS } = {}) {
  const deadline = Date.now() + within;
  let lastError;
  while (Date.now() < deadline) {
    try {
      lastError = undefined;
      const found = await look();
      if (found) return found;
    } catch (error) {
      lastError = error;
    }
    await pause(every);
  }
  throw new Error(`within ${within} ms it did not come to this: ${what}`, { cause: lastError });
}

/**
 * A moment that has passed, and that everything lies before which has been answered by now. A time
 * here has milliseconds and those of events have microseconds: so it is the next millisecond.
 */
export async function justNow() {
  const moment = Date.now() + 1;
  await eventually('a millisecond has passed', () => Date.now() > moment);
  return new Date(moment).toISOString();
}

/** Rejects if `promise` has not settled in time; the timer does not keep the process alive. */
export async function inTime(what, promise, within = 20_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${within} ms`)), within);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
