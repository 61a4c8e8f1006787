// Goal: the soak's judge sees a leak that is small beside what memory does anyway, and none where
// there is none. Method: series as a service gives them, with and without a leak in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { growthOf, hasGrown } from './support/growth.mjs';

const HOUR_MS = 3_600_000;

/** An hour of looks every ten seconds at what `value` gives for a part of the hour. */
const series = (value) => Array.from({ length: 360 }, (_, i) =>
  ({ atMs: i * 10_000, value: value(i / 360, i) }));

const saw = (i) => 8 * (i % 7) / 7;

test('what goes up and down and stays has not grown', () => {
  const { perHour, stray } = growthOf(series((_, i) => 100 + saw(i)));
  assert.ok(Math.abs(perHour) < 1, `${perHour}`);
  assert.ok(stray > 1 && stray < 4, `${stray}`);
});

test('caches that fill in the first half have not grown', () => {
  const { perHour } = growthOf(series((part, i) => 40 + 200 * Math.min(part, 0.5) + saw(i)));
  assert.ok(Math.abs(perHour) < 1, `${perHour}`);
});

test('a leak of four an hour is seen through the saw', () => {
  const { perHour } = growthOf(series((part, i) => 100 + 4 * part + saw(i)));
  assert.ok(perHour > 3 && perHour < 5, `${perHour}`);
});

test('a leak is refused, and a saw is not', () => {
  const stays = series((_, i) => 100 + saw(i));
  const leaks = series((part, i) => 100 + 16 * part + saw(i));
  assert.equal(hasGrown(stays, 8), false);
  assert.equal(hasGrown(leaks, 8), true);
  assert.equal(hasGrown(leaks, 16), false, 'up to what is allowed');
});

test('a leak that the first half hides behind a cache is refused', () => {
  const leaks = series((part, i) => 40 + 200 * Math.min(part, 0.5) + 16 * part + saw(i));
  assert.equal(hasGrown(leaks, 8), true);
});

test('steps that stay are refused, however rare', () => {
  const steps = series((part, i) => 100 + 8 * Math.floor(part * 8) + saw(i));
  assert.equal(hasGrown(steps, 8), true);
});

test('what shrinks has not grown', () => {
  const { perHour } = growthOf(series((part, i) => 100 - 10 * part + saw(i)));
  assert.ok(perHour < -8, `${perHour}`);
});

test('it is told for an hour, however short the series', () => {
  const minute = series((part) => 4 * part).map(({ atMs, value }) =>
    ({ atMs: atMs / 60, value: value / 60 }));
  const { perHour } = growthOf(minute);
  assert.ok(perHour > 3.9 && perHour < 4.1, `${perHour}`);
  assert.equal(minute.at(-1).atMs < HOUR_MS / 60, true);
});

test('a few looks are none', () => {
  assert.throws(() => growthOf(series(() => 1).slice(0, 7)), /say nothing/);
});
