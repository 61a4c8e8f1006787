// Chance that can be had again: the same seed draws the same numbers (mulberry32).

/** `{ next, upTo, pick, oneIn }` from this seed on. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (last) => Math.floor(next() * (last + 1));
  return {
    next,
    /** A whole number from 0 to `last`. */
    upTo,
    pick: (all) => all[upTo(all.length - 1)],
    oneIn: (count) => upTo(count - 1) === 0,
  };
}
