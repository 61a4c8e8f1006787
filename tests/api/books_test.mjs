// Goal: a stock is only ever changed by events, which operators append and everybody who may can
// read: live events, the whole history, and the stock as it stood at any moment.
// Method: a coupon to which everything happens that can, with a clock that is set by hand where
// moments matter; every listing is compared with what was told when the event was appended.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { SettableClock } from './support/clock.mjs';
import { TIME, expectIssued, expectJson, expectProblem } from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { Shop } from './support/shop.mjs';

const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

describe('changing a stock', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const change = (id, json) => shop.operator.post(`/admin/v1/coupons/${id}/inventory`, json);

  test('appends an event, answered 201, which lies where Location says', async () => {
    const coupon = await shop.operator.announce({ stock: 10 });
    const answer = await change(coupon.id, { amount: 500, reason: 'second batch' });
    const event = expectJson(answer, 201);
    assert.match(event.createdAt, TIME);
    assert.deepEqual(event, {
      couponId: coupon.id,
      sequence: 2,
      kind: 'stocked',
      amount: 500,
      stockAfter: 510,
      issuedAfter: 0,
      reason: 'second batch',
      createdAt: event.createdAt,
    });
    assert.equal(answer.fields.location, `/admin/v1/coupons/${coupon.id}/history/2`);
    assert.deepEqual(expectJson(await shop.operator.get(answer.fields.location)), event);
    assert.equal((await shop.operator.stock(coupon.id)).stock, 510);
  });

  test('by less than nothing is an adjustment, down to nothing and not below', async () => {
    const coupon = await shop.operator.announce({ stock: 10 });
    const down = expectJson(await change(coupon.id, { amount: -4, reason: 'damaged' }), 201);
    assert.deepEqual([down.kind, down.amount, down.stockAfter], ['adjusted', -4, 6]);

    const answer = await change(coupon.id, { amount: -7, reason: 'too many' });
    const problem = expectProblem(answer, 409, 'stock-below-zero');
    assert.match(problem.detail, /\b6\b/, 'it says how many there are');
    assert.equal((await shop.operator.coupon(coupon.id)).sequence, 2, 'nothing was appended');

    const rest = expectJson(await change(coupon.id, { amount: -6 }), 201);
    assert.equal(rest.stockAfter, 0);
    expectProblem(await change(coupon.id, { amount: -1 }), 409, 'stock-below-zero');
    expectProblem(await shop.customer('alice').ask(coupon.id), 400, 'coupon-sold-out');
  });

  test('upwards is stocked, or an adjustment if it is called one', async () => {
    const coupon = await shop.operator.announce({ stock: 0 });
    const kinds = [];
    for (const json of [{ amount: 1 }, { amount: 1, kind: 'stocked' },
      { amount: 1, kind: 'adjusted' }, { amount: -1, kind: 'adjusted' }]) {
      kinds.push(expectJson(await change(coupon.id, json), 201).kind);
    }
    assert.deepEqual(kinds, ['stocked', 'stocked', 'adjusted', 'adjusted']);
  });

  test('that is not as it should be is refused with the field\'s name', async () => {
    const coupon = await shop.operator.announce({ stock: 10 });
    for (const [json, field] of [
      [{ reason: 'no amount' }, 'amount'], [{ amount: 0 }, 'amount'], [{ amount: 1.5 }, 'amount'],
      [{ amount: '5' }, 'amount'], [{ amount: null }, 'amount'], [{ amount: [5] }, 'amount'],
      [{ amount: NUMBER_MAX }, 'amount'], [{ amount: NUMBER_MAX + 1 }, 'amount'],
      [{ amount: 5, reason: 5 }, 'reason'], [{ amount: 5, reason: 'x'.repeat(501) }, 'reason'],
      [{ amount: 5, kind: 'issued' }, 'kind'], [{ amount: -5, kind: 'stocked' }, 'kind'],
      [{ amount: 5, stock: 100 }, 'stock'], [[], 'body'],
    ]) {
      expectProblem(await change(coupon.id, json), 400, 'invalid-request', { field });
    }
    assert.deepEqual(await shop.operator.coupon(coupon.id), coupon);
  });

  test('of what does not exist is a 404', async () => {
    for (const id of ['999999', '0', 'x']) {
      expectProblem(await change(id, { amount: 1 }), 404, 'coupon-not-found');
    }
  });

  test('by setting it is impossible: there is no such request', async () => {
    const coupon = await shop.operator.announce();
    for (const [method, path] of [
      ['PUT', `/admin/v1/coupons/${coupon.id}/stock`],
      ['POST', `/admin/v1/coupons/${coupon.id}/stock`],
      ['PUT', `/admin/v1/coupons/${coupon.id}`], ['DELETE', `/admin/v1/coupons/${coupon.id}`],
      ['PUT', `/admin/v1/coupons/${coupon.id}/inventory`],
      ['DELETE', `/admin/v1/coupons/${coupon.id}/history`],
      ['DELETE', `/admin/v1/coupons/${coupon.id}/history/1`],
      ['PATCH', `/admin/v1/coupons/${coupon.id}/history/1`],
    ]) {
      const answer = await shop.adminClient.request(method, path, {
        headers: shop.operator.fields, json: { stock: 5, amount: 5 },
      });
      expectProblem(answer, 405, 'method-not-allowed');
    }
  });

  test('many times at once loses none of them', async () => {
    const coupon = await shop.operator.announce({ stock: 100 });
    const amounts = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? -2 : 3));
    const answers = await Promise.all(amounts.map((amount) => change(coupon.id, { amount })));
    const events = answers.map((answer) => expectJson(answer, 201));
    assert.equal(new Set(events.map(({ sequence }) => sequence)).size, 60);
    const { stock } = await shop.operator.stock(coupon.id);
    assert.equal(stock, 100 + amounts.reduce((sum, amount) => sum + amount));
  });
});

describe('the books', () => {
  const clock = new SettableClock('2026-11-27T12:00:00Z');
  const at = (second) => `2026-11-27T12:00:0${second}.000000Z`;
  let shop;
  let coupon;
  let events;
  before(async () => {
    shop = await Shop.open({ environment: clock.environment });
    // Second by second: stocked, issued, restocked, issued twice, given back, taken off.
    coupon = await shop.operator.announce({ stock: 2, from: at(0), to: at(9) });
    clock.set(at(1));
    const alices = expectIssued(await shop.customer('alice').ask(coupon.id));
    clock.set(at(2));
    await shop.operator.restock(coupon.id, 5);
    clock.set(at(4));
    expectIssued(await shop.customer('bob').ask(coupon.id));
    expectIssued(await shop.customer('carol').ask(coupon.id));
    clock.set(at(6));
    expectJson(await shop.operator.takeBack(alices.id, { reason: 'changed her mind' }), 201);
    clock.set(at(7));
    expectJson(await shop.operator.changeStock(coupon.id, -1, 'damaged'), 201);
    clock.set(at(9));
    events = await shop.operator.history(coupon.id);
  });
  after(() => shop.close());

  test('tell each event with its place, amount, user, reason, time and what it left', () => {
    const row = (sequence, kind, amount, stockAfter, issuedAfter, more, second) => ({
      couponId: coupon.id, sequence, kind, amount, stockAfter, issuedAfter, ...more,
      createdAt: at(second),
    });
    assert.deepEqual(events, [
      row(1, 'stocked', 2, 2, 0, { reason: 'created' }, 0),
      row(2, 'issued', -1, 1, 1, { userId: 'alice' }, 1),
      row(3, 'stocked', 5, 6, 1, { reason: 'test' }, 2),
      row(4, 'issued', -1, 5, 2, { userId: 'bob' }, 4),
      row(5, 'issued', -1, 4, 3, { userId: 'carol' }, 4),
      row(6, 'returned', 1, 5, 3, { userId: 'alice', reason: 'changed her mind' }, 6),
      row(7, 'adjusted', -1, 4, 3, { reason: 'damaged' }, 7),
    ]);
  });

  test('have the same live events until they are folded', async () => {
    assert.deepEqual(await shop.operator.liveEvents(coupon.id), events);
  });

  test('come in pages of any size, and keep their order', async () => {
    for (const place of ['inventory', 'history']) {
      for (const size of [1, 2, 3, 7, 8, 1000]) {
        const all = await readPages((query) =>
          shop.operator.get(`/admin/v1/coupons/${coupon.id}/${place}?${query}`), size);
        assert.deepEqual(all, events, `${place} in pages of ${size}`);
      }
    }
  });

  test('can be read from one moment to another, both included', async () => {
    const sequences = async (query) =>
      (await shop.operator.history(coupon.id, query)).map(({ sequence }) => sequence);
    assert.deepEqual(await sequences(`&from=${at(2)}`), [3, 4, 5, 6, 7]);
    assert.deepEqual(await sequences(`&from=${at(3)}`), [4, 5, 6, 7]);
    assert.deepEqual(await sequences(`&to=${at(4)}`), [1, 2, 3, 4, 5]);
    assert.deepEqual(await sequences(`&from=${at(1)}&to=${at(2)}`), [2, 3]);
    assert.deepEqual(await sequences(`&from=${at(4)}&to=${at(4)}`), [4, 5]);
    assert.deepEqual(await sequences(`&from=${at(5)}&to=${at(5)}`), []);
    assert.deepEqual(await sequences(`&from=${at(9)}&to=${at(0)}`), []);
    const local = encodeURIComponent('2026-11-27T21:00:06+09:00');
    assert.deepEqual(await sequences(`&from=${local}`), [6, 7], 'with an offset');
    const paged = await readPages((query) => shop.operator.get(
      `/admin/v1/coupons/${coupon.id}/history?from=${at(1)}&to=${at(4)}&${query}`), 2);
    assert.deepEqual(paged, events.slice(1, 5), 'in pages too');
  });

  test('say what the stock was at any moment, and what it is now', async () => {
    for (const [second, stock, issued] of [
      [0, 2, 0], [1, 1, 1], [2, 6, 1], [3, 6, 1], [4, 4, 3], [5, 4, 3], [6, 5, 3], [7, 4, 3],
    ]) {
      assert.deepEqual(await shop.operator.stock(coupon.id, at(second)),
        { couponId: coupon.id, at: at(second), stock, issued });
    }
    const before = '2026-11-27T11:59:59.999999Z';
    assert.deepEqual(await shop.operator.stock(coupon.id, before),
      { couponId: coupon.id, at: before, stock: 0, issued: 0 }, 'before there was anything');
    assert.deepEqual(await shop.operator.stock(coupon.id),
      { couponId: coupon.id, at: at(9), stock: 4, issued: 3 });
  });

  test('refuse a moment, a cursor or a size that is none, and name it', async () => {
    for (const [query, field] of [
      ['history?from=x', 'from'], ['history?to=2026-11-27', 'to'], ['history?limit=0', 'limit'],
      ['history?limit=1001', 'limit'], ['history?cursor=x', 'cursor'], ['stock?at=now', 'at'],
      ['inventory?limit=x', 'limit'], ['inventory?cursor=x', 'cursor'],
      ['registrations?limit=0', 'limit'], ['registrations?cursor=x', 'cursor'],
    ]) {
      const answer = await shop.operator.get(`/admin/v1/coupons/${coupon.id}/${query}`);
      expectProblem(answer, 400, 'invalid-request', { field });
    }
  });

  test('refuse the cursor of another listing', async () => {
    const places = [`coupons/${coupon.id}/history`, `coupons/${coupon.id}/inventory`,
      `coupons/${coupon.id}/registrations`, 'coupons', 'compactions'];
    await shop.operator.announce();
    for (let i = 0; i < 2; i += 1) await shop.operator.compact(at(0));
    for (const place of places) {
      const { next } = expectJson(await shop.operator.get(`/admin/v1/${place}?limit=1`));
      assert.ok(next, `${place} has a second page`);
      for (const other of places.filter((name) => name !== place)) {
        const answer = await shop.operator.get(`/admin/v1/${other}?cursor=${next}`);
        expectProblem(answer, 400, 'invalid-request', { field: 'cursor' });
      }
    }
  });

  test('of what does not exist are a 404', async () => {
    for (const place of ['inventory', 'history', 'history/1', 'stock', 'registrations']) {
      for (const id of ['999999', '0', 'x']) {
        const answer = await shop.operator.get(`/admin/v1/coupons/${id}/${place}`);
        expectProblem(answer, 404, 'coupon-not-found');
      }
    }
    for (const sequence of ['0', '8', '-1', 'x', '99999999999999999999']) {
      const answer = await shop.operator.get(`/admin/v1/coupons/${coupon.id}/history/${sequence}`);
      expectProblem(answer, 404, 'event-not-found');
    }
  });

  test('keep their history through a fold, and the stock at every moment of it', async () => {
    const moments = [0, 1, 2, 3, 4, 5, 6, 7, 9];
    const stocks = () => Promise.all(moments.map((s) => shop.operator.stock(coupon.id, at(s))));
    const before = await stocks();
    const run = await shop.operator.compact(at(5));
    assert.deepEqual([run.eventsIn, run.eventsOut], [5, 1]);
    assert.deepEqual(await shop.operator.history(coupon.id), events);
    assert.deepEqual(await stocks(), before);
    assert.deepEqual(await shop.operator.liveEvents(coupon.id), [
      { couponId: coupon.id, sequence: 5, kind: 'cumulative', amount: 4, stockAfter: 4,
        issuedAfter: 3, createdAt: at(4) },
      ...events.slice(5),
    ]);
  });
});
