// Goal: a fold that is killed at any line leaves the same books, and the next one goes on from
// where it was.
// Method: folds in the smallest steps, killed once a few of them are done, again and again until
// one comes through; from the command line and under a service.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { startDibs } from '../api/support/command.mjs';
import { expectJson } from '../api/support/expect.mjs';
import { eventually, inTime, justNow } from '../api/support/poll.mjs';
import { Shop } from '../api/support/shop.mjs';
import { query } from '../api/support/sqlite_shell.mjs';

const EVENTS = 1500;

/** A shop with two coupons of many events; `books` is what no fold may change. */
async function busyShop(settings) {
  const shop = await Shop.open({ settings });
  const coupons = [];
  for (let i = 0; i < 2; i += 1) {
    const coupon = await shop.operator.announce({ stock: 2 * EVENTS });
    await shop.askAtOnce(coupon.id, shop.users('buyer', EVENTS), { connections: 50 });
    coupons.push(coupon.id);
  }
  const readBooks = async () => JSON.stringify(await Promise.all(coupons.map(async (id) =>
    [await shop.operator.coupon(id), await shop.operator.history(id)])));
  return { shop, coupons, readBooks, books: await readBooks() };
}

/** The run that is under way, as the store has it. */
async function runUnderWay(store) {
  const rows = await query(store,
    'SELECT run, steps, events_in FROM inventory_compaction WHERE finished_at IS NULL');
  return rows[0];
}

describe('a fold that is killed', () => {
  test('from the command line goes on when it is called again', async () => {
    const { shop, coupons, readBooks, books } = await busyShop();
    const until = await justNow();
    await shop.stop();
    const compact = () => startDibs(['compact', '--store', shop.storeUrl, '--until', until,
      '--compact-step', '1']);

    // Killed whenever it has made some progress, until it was too fast for that.
    let kills = 0;
    let steps = 0;
    let code = null;
    while (code === null) {
      const fold = compact();
      const ended = once(fold, 'exit');
      const run = await eventually('some steps are done, or all', async () => {
        const underWay = await runUnderWay(shop.store);
        return fold.exitCode !== null || (underWay?.steps >= steps + 20 && underWay);
      });
      fold.kill('SIGKILL');
      [code] = await inTime('it ends', ended);
      await shop.expectTrueBooks();
      if (code !== null) break;
      kills += 1;
      assert.equal(run.run, 1, 'it is the same run');
      steps = (await runUnderWay(shop.store))?.steps ?? run.steps;
      assert.ok(steps >= run.steps, 'what was done stays done');
    }
    assert.equal(code, 0);
    assert.ok(kills > 0, 'it was killed in the middle');

    await shop.start();
    assert.equal(await readBooks(), books);
    for (const id of coupons) assert.equal((await shop.operator.liveEvents(id)).length, 1);
    const [first, ...others] = (await shop.operator.runs()).reverse();
    assert.deepEqual([first.run, first.state, first.eventsIn, first.eventsOut],
      [1, 'finished', 2 * (EVENTS + 1), 2], 'the killed run came to its end');
    assert.ok(others.every(({ eventsIn }) => eventsIn === 0), 'nothing was left for later ones');
    await shop.close();
  });

  test('under a service goes on when the service is started again', async () => {
    const { shop, coupons, readBooks, books } = await busyShop({ 'compact-step': 1 });
    const { run } = expectJson(
      await shop.operator.post('/admin/v1/compactions', { until: await justNow() }), 202);
    let kills = 0;
    // A machine that has much else to do may kill so late that the fold has ended.
    for (let underWay = { steps: 0 }; underWay && kills < 3;) {
      await eventually('some steps are done', async () => {
        const shown = expectJson(await shop.operator.get(`/admin/v1/compactions/${run}`));
        return shown.steps >= underWay.steps + 20 || shown.state === 'finished';
      });
      await shop.kill();
      await shop.expectTrueBooks();
      underWay = await runUnderWay(shop.store);
      if (underWay) kills += 1;
      await shop.start();
      assert.equal(await readBooks(), books);
    }
    assert.ok(kills > 0, 'it was killed in the middle');
    const ended = await shop.operator.finishedRun(run);
    assert.deepEqual([ended.trigger, ended.eventsIn, ended.eventsOut],
      ['operators', 2 * (EVENTS + 1), 2]);
    for (const id of coupons) {
      const [event, ...more] = await shop.operator.liveEvents(id);
      assert.deepEqual([event.kind, event.amount, more.length], ['cumulative', EVENTS, 0]);
    }
    assert.equal(await readBooks(), books);
    await shop.close();
  });

  test('or stopped with SIGTERM goes on too', async () => {
    const { shop, readBooks, books } = await busyShop({ 'compact-step': 1 });
    const { run } = expectJson(
      await shop.operator.post('/admin/v1/compactions', { until: await justNow() }), 202);
    await eventually('some steps are done', async () =>
      expectJson(await shop.operator.get(`/admin/v1/compactions/${run}`)).steps >= 20);
    await shop.stop();
    assert.equal((await runUnderWay(shop.store)).run, run, 'it did not hold the stop up');
    await shop.expectTrueBooks();
    await shop.start();
    assert.equal((await shop.operator.finishedRun(run)).eventsIn, 2 * (EVENTS + 1));
    assert.equal(await readBooks(), books);
    await shop.close();
  });
});
