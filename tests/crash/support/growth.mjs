// Whether something that goes up and down also grows: judged by the middle of what was seen late
// against the middle of what was seen before that, because a single look says when it was taken.

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/**
 * How much a series has grown from its third quarter to its last, for each hour, and how far it
 * strays in a quarter by itself: `{ perHour, stray }`, in the unit of the values. The first half is
 * left out: there caches fill, up to their bounds. `samples` are `{ atMs, value }`, the oldest first;
 * eight of them at least.
 */
export function growthOf(samples) {
  if (samples.length < 8) throw new Error(`${samples.length} samples say nothing`);
  const half = samples.length >> 1;
  const middle = half + ((samples.length - half) >> 1);
  const [third, last] = [samples.slice(half, middle), samples.slice(middle)];
  const at = (part) => median(part.map(({ atMs }) => atMs));
  const value = (part) => median(part.map((sample) => sample.value));
  const hours = (at(last) - at(third)) / 3_600_000;
  const strays = [third, last].map((part) =>
    median(part.map((sample) => Math.abs(sample.value - value(part)))));
  return { perHour: (value(last) - value(third)) / hours, stray: Math.max(...strays) };
}

/**
 * Whether a series has grown by more than so much an hour and its own straying, which alone can move
 * a middle. What a cache fills in the first half doesn't count.
 */
export function hasGrown(samples, perHourMax) {
  const { perHour, stray } = growthOf(samples);
  return perHour > perHourMax + stray;
}
