// Goal: the fold makes one event of many and nobody notices: no reader ever sees a wrong sum, the
// history keeps every event, and doing it twice or at once comes to the same.
// Method: folds asked for by operators, and folds in the middle of a sale, watched by readers.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { countByStatus } from './support/crowd.mjs';
import {
  TIME, ascending, expectIssued, expectJson, expectProblem, upTo,
} from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { justNow } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';

/** So many users are issued the coupon, one each. */
async function issueTo(shop, coupon, users) {
  const answers = await shop.askAtOnce(coupon.id, users, { connections: 50 });
  assert.deepEqual(countByStatus(answers), { 201: users.length });
}

describe('a compaction', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const start = (json) => shop.operator.post('/admin/v1/compactions', json);

  test('is accepted with a run, which tells how it goes until it has ended', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    await issueTo(shop, coupon, shop.users('folded', 20));
    const until = await justNow();
    const answer = await start({ until });
    const run = expectJson(answer, 202);
    assert.equal(answer.fields.location, `/admin/v1/compactions/${run.run}`);
    assert.equal(Date.parse(run.until), Date.parse(until));
    assert.equal(run.trigger, 'operators');

    const ended = await shop.operator.finishedRun(run.run);
    assert.deepEqual(Object.keys(ended), ['run', 'state', 'trigger', 'until', 'startedAt',
      'finishedAt', 'tookMicroseconds', 'eventsIn', 'eventsOut', 'steps']);
    for (const time of ['until', 'startedAt', 'finishedAt']) assert.match(ended[time], TIME);
    assert.equal(ended.tookMicroseconds,
      1000 * (Date.parse(ended.finishedAt) - Date.parse(ended.startedAt))
      + Number(ended.finishedAt.slice(-4, -1)) - Number(ended.startedAt.slice(-4, -1)));
    assert.equal(ended.eventsIn, 21);
    assert.equal(ended.eventsOut, 1);
    assert.ok(ended.steps >= 1);
  });

  test('leaves one event at the place of the last, and the history as it was', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    await issueTo(shop, coupon, shop.users('historic', 7));
    const history = await shop.operator.history(coupon.id);
    const before = await shop.operator.coupon(coupon.id);
    await shop.operator.compact();

    const last = history.at(-1);
    assert.deepEqual(await shop.operator.liveEvents(coupon.id), [{
      couponId: coupon.id, sequence: 8, kind: 'cumulative', amount: 43, stockAfter: 43,
      issuedAfter: 7, createdAt: last.createdAt,
    }]);
    assert.deepEqual(await shop.operator.history(coupon.id), history);
    assert.deepEqual(await shop.operator.coupon(coupon.id), before, 'the stream\'s head stays');
    await shop.expectTrueBooks();
  });

  test('lets ranks and sequences go on', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    await issueTo(shop, coupon, shop.users('early', 3));
    await shop.operator.compact();
    const registered = expectIssued(await shop.customer('after-the-fold').ask(coupon.id));
    assert.deepEqual([registered.rank, registered.id], [4, `${coupon.id}-5`]);
    await shop.operator.restock(coupon.id, 10);
    await shop.operator.compact();
    const [folded, ...more] = await shop.operator.liveEvents(coupon.id);
    assert.deepEqual([folded.sequence, folded.amount, folded.issuedAfter], [6, 56, 4]);
    assert.deepEqual(more, [], 'earlier folds are folded too');
  });

  test('folds what was created before the moment that it is given, and no more', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    await issueTo(shop, coupon, shop.users('before', 2));
    const [, , last] = await shop.operator.history(coupon.id);
    await issueTo(shop, coupon, shop.users('after', 2));
    await shop.operator.compact(last.createdAt);
    const sequences = (await shop.operator.liveEvents(coupon.id)).map(({ sequence }) => sequence);
    assert.deepEqual(sequences, [2, 3, 4, 5], 'the moment itself is not before it');
  });

  test('run twice changes nothing the second time', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    await issueTo(shop, coupon, shop.users('twice', 5));
    const until = await justNow();
    await shop.operator.compact(until);
    const live = await shop.operator.liveEvents(coupon.id);
    const second = await shop.operator.compact(until);
    assert.deepEqual([second.eventsIn, second.eventsOut], [0, 0]);
    assert.deepEqual(await shop.operator.liveEvents(coupon.id), live);
    await shop.operator.compact();
    const again = await shop.operator.compact();
    assert.equal(again.eventsIn, 0, 'one event that is a sum already is not folded again');
  });

  test('asked for many times at once is one run, or folds nothing twice', async () => {
    const coupon = await shop.operator.announce({ stock: 500 });
    await issueTo(shop, coupon, shop.users('at-once', 100));
    const until = await justNow();
    const answers = await Promise.all(upTo(10).map(() => start({ until })));
    const runs = new Set(answers.map((answer) => expectJson(answer, 202).run));
    const ended = await Promise.all([...runs].map((run) => shop.operator.finishedRun(run)));
    assert.equal(ended.reduce((sum, { eventsIn }) => sum + eventsIn, 0), 101);
    assert.equal((await shop.operator.liveEvents(coupon.id)).length, 1);
  });

  test('without a moment is today\'s: it leaves today\'s events alone', async () => {
    const coupon = await shop.operator.announce({ stock: 50 });
    const { run } = expectJson(await start(undefined), 202);
    const ended = await shop.operator.finishedRun(run);
    assert.equal(ended.until, `${new Date().toISOString().slice(0, 10)}T00:00:00.000000Z`);
    const [event] = await shop.operator.liveEvents(coupon.id);
    assert.equal(event.kind, 'stocked');
  });

  test('of a moment to come, or of none, is refused', async () => {
    const runs = (await shop.operator.runs()).length;
    for (const [json, field] of [
      [{ until: new Date(Date.now() + 60_000).toISOString() }, 'until'],
      [{ until: 'midnight' }, 'until'], [{ until: 0 }, 'until'], [{ til: 'x' }, 'til'],
      [[], 'body'],
    ]) {
      expectProblem(await start(json), 400, 'invalid-request', { field });
    }
    assert.equal((await shop.operator.runs()).length, runs);
  });

  test('is listed with all others, newest first, and shown by its number', async () => {
    await shop.operator.compact();
    const runs = await shop.operator.runs();
    const numbers = runs.map(({ run }) => run);
    assert.deepEqual(numbers, ascending(numbers).reverse());
    for (const size of [1, 2]) {
      const paged = await readPages((query) =>
        shop.operator.get(`/admin/v1/compactions?${query}`), size);
      assert.deepEqual(paged, runs, `in pages of ${size}`);
    }
    const shown = expectJson(await shop.operator.get(`/admin/v1/compactions/${numbers[0]}`));
    assert.deepEqual(shown, runs[0]);
    for (const run of ['999999', '0', '-1', 'x', '99999999999999999999']) {
      const answer = await shop.operator.get(`/admin/v1/compactions/${run}`);
      expectProblem(answer, 404, 'compaction-not-found');
    }
  });

  test('is counted and logged', async () => {
    const coupon = await shop.operator.announce({ stock: 5 });
    await shop.operator.compact();
    await issueTo(shop, coupon, shop.users('counted', 5));
    const events = () => shop.operator.metric('dibs_compaction_events_total');
    const before = await events();
    const run = await shop.operator.compact();
    assert.equal(await events(), before + run.eventsIn);
    const page = await shop.operator.metrics();
    assert.ok(page.get('dibs_compaction_runs_total').samples
      .some(({ labels, value }) => labels.result === 'finished' && value > 0));
    const line = await shop.service.lineOf('compacted', (one) => one.run === run.run);
    assert.deepEqual([line.run, line.eventsIn, line.eventsOut],
      [run.run, run.eventsIn, run.eventsOut]);
  });
});

describe('a compaction in the middle of a sale', () => {
  const STOCK = 3000;
  let shop;
  before(async () => { shop = await Shop.open({ settings: { 'compact-step': 50 } }); });
  after(() => shop.close());

  test('is seen by nobody: sums are right at every moment, and every rank is given', async () => {
    const coupon = await shop.operator.announce({ stock: STOCK });
    const other = await shop.operator.announce({ stock: 7 });
    let isOver = false;
    const sale = shop.askAtOnce(coupon.id, shop.users('buyer', STOCK + 500), { connections: 50 })
      .finally(() => { isOver = true; });

    const fold = async () => {
      let runs = 0;
      for (; !isOver || runs === 0; runs += 1) await shop.operator.compact();
      return runs;
    };
    const watch = async () => {
      for (let last = 0; !isOver;) {
        const { stock, issued } = await shop.operator.stock(coupon.id);
        assert.equal(stock + issued, STOCK, 'as the operators see it');
        assert.ok(issued >= last, 'never back');
        last = issued;
        const path = `/api/v1/coupons/${coupon.id}`;
        const { remaining } = expectJson(await shop.publicClient.get(path));
        assert.ok(remaining <= STOCK - last, 'as the customers see it');
        const offers = expectJson(await shop.publicClient.get('/api/v1/coupons'));
        const listed = offers.items.find(({ id }) => id === coupon.id);
        assert.ok(listed.remaining <= remaining, 'and as it is listed');
        const live = await shop.operator.liveEvents(other.id);
        assert.equal(live.reduce((sum, { amount }) => sum + amount, 0), 7);
      }
    };
    const [answers, runs] = await Promise.all([sale, fold(), watch()]);
    assert.ok(runs >= 1);
    const ranks = answers.filter(({ status }) => status === 201)
      .map((answer) => expectIssued(answer).rank);
    assert.deepEqual(ascending(ranks), upTo(STOCK));

    await shop.operator.compact();
    const live = await shop.operator.liveEvents(coupon.id);
    assert.deepEqual(live.map(({ kind, amount, issuedAfter }) => [kind, amount, issuedAfter]),
      [['cumulative', 0, STOCK]]);
    assert.equal((await shop.operator.history(coupon.id)).length, STOCK + 1);
    await shop.expectTrueBooks();
  });

  test('shows live events that add up, whichever page of them was read when', async () => {
    const coupon = await shop.operator.announce({ stock: 400 });
    await issueTo(shop, coupon, shop.users('page-turner', 400));
    let isOver = false;
    const folding = shop.operator.compact().finally(() => { isOver = true; });
    do {
      const page = expectJson(
        await shop.operator.get(`/admin/v1/coupons/${coupon.id}/inventory?limit=1000`));
      assert.equal(page.items.reduce((sum, { amount }) => sum + amount, 0), 0);
      assert.equal(page.items.at(-1).sequence, 401);
    } while (!isOver);
    assert.equal((await folding).eventsIn >= 401, true);
  });
});
