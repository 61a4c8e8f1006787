// Goal: whoever wonders whether to press the button sees the coupons that are open or about to
// open, with what is left, and needs no credentials for it.
// Method: coupons on both sides of now in a shop of its own, listed whole and in pages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectIssued, expectJson, expectProblem } from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { Shop } from './support/shop.mjs';

const MINUTE_MS = 60_000;
const fromNow = (minutes) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

describe('what there is', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const list = (query = '') => shop.publicClient.get(`/api/v1/coupons${query}`);
  const show = (id) => shop.publicClient.get(`/api/v1/coupons/${id}`);

  async function ids(query = '?limit=100') {
    return expectJson(await list(query)).items.map(({ id }) => id);
  }

  test('is nothing in a new shop', async () => {
    assert.deepEqual(expectJson(await list()), { items: [], next: null });
  });

  test('is a coupon with its window and what remains', async () => {
    const coupon = await shop.operator.announce({
      name: 'Half off', description: 'Everything, or nearly', stock: 3, limitPerUser: 2,
    });
    expectIssued(await shop.customer('alice').ask(coupon.id));
    const shown = expectJson(await show(coupon.id));
    assert.deepEqual(shown, {
      id: coupon.id,
      name: 'Half off',
      description: 'Everything, or nearly',
      from: coupon.from,
      to: coupon.to,
      limitPerUser: 2,
      remaining: 2,
    });
    assert.deepEqual(expectJson(await list()).items, [shown]);
  });

  test('is listed while it is open or about to open, sold out or not; not afterwards', async () => {
    const announce = (wanted) => shop.operator.announce(wanted);
    const open = await announce({ from: fromNow(-5), to: fromNow(5) });
    const soldOut = await announce({ from: fromNow(-4), to: fromNow(5), stock: 0 });
    const soon = await announce({ from: fromNow(5), to: fromNow(6) });
    const over = await announce({ from: fromNow(-6), to: fromNow(-5) });
    const listed = await ids();
    for (const { id } of [open, soldOut, soon]) assert.ok(listed.includes(id), `${id} is listed`);
    assert.ok(!listed.includes(over.id), 'what is over is not listed');
    assert.equal(expectJson(await show(over.id)).id, over.id, 'but who asks for it sees it');
    assert.equal(expectJson(await show(soldOut.id)).remaining, 0);

    expectJson(await shop.operator.change(over.id, { to: fromNow(5) }));
    assert.ok((await ids()).includes(over.id), 'prolonged, it is there again');
  });

  test('comes in the order of opening, in pages of any size', async () => {
    const from = fromNow(1);
    for (const at of [from, fromNow(3), fromNow(-3), from, from]) {
      await shop.operator.announce({ from: at, to: fromNow(10) });
    }
    const all = expectJson(await list('?limit=100')).items;
    const byOpening = [...all].sort((a, b) =>
      (a.from < b.from ? -1 : a.from > b.from ? 1 : a.id - b.id));
    assert.deepEqual(all, byOpening);
    for (const size of [1, 2, all.length, all.length + 1]) {
      const paged = await readPages((query) => list(`?${query}`), size);
      assert.deepEqual(paged, all, `in pages of ${size}`);
    }
  });

  test('refuses a limit or a cursor that is none, and names it', async () => {
    for (const limit of ['0', '101', 'x']) {
      expectProblem(await list(`?limit=${limit}`), 400, 'invalid-request', { field: 'limit' });
    }
    expectProblem(await list('?cursor=x'), 400, 'invalid-request', { field: 'cursor' });
  });

  test('and what there isn\'t is a 404', async () => {
    for (const id of ['999999', '0', '-1', 'x', '18446744073709551616', '1%2F1']) {
      expectProblem(await show(id), 404, 'coupon-not-found');
    }
  });

  test('shows how many remain right after each was issued', async () => {
    const coupon = await shop.operator.announce({ stock: 5 });
    for (const [i, user] of shop.users('counting', 5).entries()) {
      expectIssued(await shop.customer(user).ask(coupon.id));
      assert.equal(expectJson(await show(coupon.id)).remaining, 4 - i);
    }
    await shop.operator.compact();
    assert.equal(expectJson(await show(coupon.id)).remaining, 0);
    await shop.operator.restock(coupon.id, 7);
    assert.equal(expectJson(await show(coupon.id)).remaining, 7);
  });
});
