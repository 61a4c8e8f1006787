// Goal: everybody sees what they hold, all of it, newest first and page by page, and nobody sees
// what others hold.
// Method: customers with holdings of several coupons, read in pages of every size and by strangers.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectIssued, expectJson, expectProblem, expectRegistered } from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { Shop } from './support/shop.mjs';

describe('what I hold', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  /** A customer who holds so many coupons, and what they hold, newest first. */
  async function collector(name, count) {
    const customer = shop.customer(name);
    const held = [];
    for (let i = 0; i < count; i += 1) {
      // Every other one is a second of a coupon that they hold, as a real wallet has it.
      const coupon = i % 2 === 0
        ? await shop.operator.announce({ name: `${name} ${i}`, limitPerUser: 2 })
        : await shop.operator.coupon(held[0].couponId);
      held.unshift(expectIssued(await customer.ask(coupon.id), coupon));
    }
    return { customer, held };
  }

  test('is nothing at first', async () => {
    const answer = await shop.customer('nobody').holdings();
    assert.deepEqual(expectJson(answer), { items: [], next: null });
    assert.equal(answer.fields['content-type'], 'application/json');
  });

  test('is listed newest first, each with its coupon, as it was when it was issued', async () => {
    const { customer, held } = await collector('collector', 6);
    const { items, next } = expectJson(await customer.holdings());
    assert.equal(next, null);
    assert.deepEqual(items, held);
    for (const item of items) expectRegistered(item);
  });

  test('comes in pages of twenty, or of any size from 1 to 100', async () => {
    const { customer, held } = await collector('page-reader', 25);
    const first = expectJson(await customer.holdings());
    assert.deepEqual(first.items, held.slice(0, 20));
    assert.match(first.next, /^[A-Za-z0-9_-]+$/, 'a cursor fits into a query as it is');
    const second = expectJson(await customer.holdings(`?cursor=${first.next}`));
    assert.deepEqual(second, { items: held.slice(20), next: null });

    for (const size of [1, 7, 24, 25, 26, 100]) {
      const all = await readPages((query) => customer.holdings(`?${query}`), size);
      assert.deepEqual(all, held, `in pages of ${size}`);
    }
  });

  test('keeps its place while new ones come', async () => {
    const { customer, held } = await collector('still-collecting', 6);
    const first = expectJson(await customer.holdings('?limit=4'));
    const coupon = await shop.operator.announce();
    const newest = expectIssued(await customer.ask(coupon.id));
    const second = expectJson(await customer.holdings(`?limit=4&cursor=${first.next}`));
    assert.deepEqual([...first.items, ...second.items], held);
    assert.deepEqual(expectJson(await customer.holdings('?limit=1')).items, [newest]);
  });

  test('refuses a limit or a cursor that is none, and names it', async () => {
    const alice = shop.customer('alice');
    for (const limit of ['0', '101', '-1', 'ten', '', '1.5', '1e1', '%2B1', '9'.repeat(20)]) {
      const answer = await alice.holdings(`?limit=${limit}`);
      expectProblem(answer, 400, 'invalid-request', { field: 'limit' });
    }
    const { customer } = await collector('cursor-owner', 2);
    const { next } = expectJson(await customer.holdings('?limit=1'));
    const offers = expectJson(await shop.publicClient.get('/api/v1/coupons?limit=1')).next;
    for (const cursor of ['x', '', 'AAAA', `${next}A`, next.slice(1), '%00', offers]) {
      const answer = await alice.holdings(`?cursor=${cursor}`);
      expectProblem(answer, 400, 'invalid-request', { field: 'cursor' });
    }
  });

  test('is one of them by its id, and a 404 when it isn\'t mine', async () => {
    const { customer, held } = await collector('owner', 3);
    for (const item of held) {
      assert.deepEqual(expectJson(await customer.holding(item.id)), item);
      expectProblem(await shop.customer('stranger').holding(item.id), 404,
        'registration-not-found');
    }
    const [{ couponId }] = held;
    for (const id of ['1-999999', '999999-1', `${couponId}-1`, `${couponId}`, 'x', '-', '1-', '-1',
      '0-0', '1-2-3', '99999999999999999999-1', `${held[0].id}%20`]) {
      expectProblem(await customer.holding(id), 404, 'registration-not-found');
    }
  });

  test('never has another\'s in it, not even with their cursor', async () => {
    const { customer, held } = await collector('one', 4);
    const { customer: other, held: others } = await collector('two', 4);
    const { next } = expectJson(await customer.holdings('?limit=2'));
    const page = expectJson(await other.holdings(`?cursor=${next}`));
    const mine = new Set(held.map(({ id }) => id));
    assert.ok(page.items.every(({ id }) => !mine.has(id)));
    assert.ok(page.items.every(({ id }) => others.some((item) => item.id === id)));
  });

  test('shows the coupon as it is called today', async () => {
    const { customer, held: [item] } = await collector('reader', 1);
    const to = '2099-01-01T00:00:00.000000Z';
    expectJson(await shop.operator.change(item.couponId, { name: 'Renamed', to }));
    const [shown] = await customer.allHoldings();
    assert.deepEqual(shown, { ...item, coupon: { ...item.coupon, name: 'Renamed', to } });
  });

  test('says of one that was given back that it was', async () => {
    const { customer, held: [item] } = await collector('returner', 1);
    expectJson(await shop.operator.takeBack(item.id), 201);
    const [shown] = await customer.allHoldings();
    assert.deepEqual(shown, { ...item, status: 'returned' });
    assert.deepEqual(expectJson(await customer.holding(item.id)), shown);
  });

  test('is the same after a fold and a restart', async () => {
    const { customer, held } = await collector('keeper', 5);
    await shop.operator.compact();
    assert.deepEqual(await customer.allHoldings(), held);
    await shop.restart();
    assert.deepEqual(await shop.customer('keeper').allHoldings(), held);
  });
});
