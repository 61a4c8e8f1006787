// Goal: once a day, at the configured time in the configured zone, the scheduler folds what is
// over; a service that was not there at the time does it when it comes back, and once.
// Method: the time of day is faked, and set while the service runs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { SettableClock, startingAt } from './support/clock.mjs';
import { expectIssued } from './support/expect.mjs';
import { eventually } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';

describe('the daily compaction', () => {
  /** A shop in which alice was issued a coupon at the clock's time. */
  async function openedShop(options) {
    const shop = await Shop.open(options);
    const coupon = await shop.operator.announce({
      from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z',
    });
    expectIssued(await shop.customer('alice').ask(coupon.id));
    return { shop, coupon };
  }

  const firstRun = (shop) => eventually('a run has ended', async () => {
    const [run] = await shop.operator.runs();
    return run?.state === 'finished' && run;
  });

  test('comes at five past midnight and folds what was before today', async () => {
    const clock = new SettableClock('2026-11-26T23:59:00Z');
    const { shop, coupon } = await openedShop({ environment: clock.environment });
    clock.set('2026-11-27T00:04:59Z');
    await shop.operator.restock(coupon.id, 5);
    assert.deepEqual(await shop.operator.runs(), []);
    clock.set('2026-11-27T00:05:00Z');
    const run = await firstRun(shop);
    assert.deepEqual([run.trigger, run.until, run.eventsIn, run.eventsOut],
      ['scheduler', '2026-11-27T00:00:00.000000Z', 2, 1]);
    const kinds = (await shop.operator.liveEvents(coupon.id)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['cumulative', 'stocked'], 'what is of today stays');
    await shop.close();
  });

  test('keeps to the configured time of day, zone and days', async () => {
    const clock = new SettableClock('2026-11-26T14:59:59Z');  // A second to midnight in Seoul.
    const { shop } = await openedShop({
      environment: clock.environment,
      settings: { 'compact-at': '03:30', 'time-zone': 'Asia/Seoul', 'compact-keep-days': 1 },
    });
    clock.set('2026-11-27T18:29:59Z');
    // A second later it is due; until then a whole look at the clock must have come to nothing.
    await eventually('the clock was looked at', async () =>
      (await shop.operator.stock(1)).at === '2026-11-27T18:29:59.000000Z');
    assert.deepEqual(await shop.operator.runs(), []);
    clock.set('2026-11-27T18:30:00Z');
    const run = await firstRun(shop);
    assert.deepEqual([run.trigger, run.until, run.eventsIn],
      ['scheduler', '2026-11-26T15:00:00.000000Z', 2]);
    await shop.close();
  });

  test('is caught up with by a start after a missed time', async () => {
    const { shop, coupon } = await openedShop({ environment: startingAt('2026-11-25T12:00:00Z') });
    await shop.stop();
    await shop.start({ environment: startingAt('2026-11-27T09:00:00Z') });
    const run = await firstRun(shop);
    assert.deepEqual([run.trigger, run.until, run.eventsIn],
      ['catch-up', '2026-11-27T00:00:00.000000Z', 2]);
    const [event] = await shop.operator.liveEvents(coupon.id);
    assert.equal(event.kind, 'cumulative');

    await shop.restart();
    const again = expectIssued(await shop.customer('bob').ask(coupon.id));
    assert.equal(again.rank, 2);
    assert.equal((await shop.operator.runs()).length, 1, 'what was done is not done again');
    await shop.close();
  });

  test('is not caught up with before its time has come', async () => {
    const { shop } = await openedShop({ environment: startingAt('2026-11-26T12:00:00Z') });
    await shop.stop();
    await shop.start({ environment: startingAt('2026-11-27T00:01:00Z') });
    expectIssued(await shop.customer('bob').ask(1));
    assert.deepEqual(await shop.operator.runs(), []);
    await shop.close();
  });
});
