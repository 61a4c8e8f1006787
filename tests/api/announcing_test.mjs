// Goal: operators announce coupons and change everything about them that isn't stock; whatever is
// wrong with what they send is refused with the field's name, and changes nothing.
// Method: each field once with everything that it must not be, around one body that is right.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { TIME, expectIssued, expectJson, expectProblem } from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { Shop } from './support/shop.mjs';

const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

const right = {
  name: 'Black Friday 50%',
  description: 'Half off everything',
  from: '2026-11-27T03:00:00Z',
  to: '2026-11-28T03:00:00Z',
  limitPerUser: 2,
  stock: 1000,
};

/** What each field must not be. */
const wrong = {
  name: [undefined, null, '', 'x'.repeat(201), 'ü'.repeat(101), 'a\nb', 'a\u0000b', 'a\u007fb', 7,
    true, [], {}],
  description: ['x'.repeat(4001), 7, {}],
  from: [undefined, null, '', 'tomorrow', '2026-11-27', '2026-11-27T03:00:00', 1795748400,
    '2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-11-27T24:00:00Z', '2026-11-27T03:00Z',
    '2026-11-27T03:00:00+24:00', '10000-01-01T00:00:00Z', ' 2026-11-27T03:00:00Z'],
  to: [undefined, null, '', 'never', '2026-11-27T02:59:59.999999Z', '2026-11-28', 1795748400],
  limitPerUser: [0, -1, 1001, 1.5, '2', true, [2], NUMBER_MAX + 1],
  stock: [undefined, null, -1, 1.5, '1000', NUMBER_MAX + 1, 1e300, {}],
};

describe('announcing a coupon', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const create = (json) => shop.operator.post('/admin/v1/coupons', json);
  const createRaw = (body) => shop.adminClient.post('/admin/v1/coupons', {
    headers: shop.operator.fields, body,
  });

  test('is answered 201 with all of it, and lies where Location says', async () => {
    const answer = await create(right);
    const coupon = expectJson(answer, 201);
    assert.ok(Number.isInteger(coupon.id) && coupon.id > 0);
    assert.match(coupon.createdAt, TIME);
    assert.deepEqual(coupon, {
      id: coupon.id,
      name: right.name,
      description: right.description,
      from: '2026-11-27T03:00:00.000000Z',
      to: '2026-11-28T03:00:00.000000Z',
      limitPerUser: 2,
      createdAt: coupon.createdAt,
      stock: 1000,
      issued: 0,
      sequence: 1,
    });
    assert.equal(answer.fields.location, `/admin/v1/coupons/${coupon.id}`);
    assert.deepEqual(expectJson(await shop.operator.get(answer.fields.location)), coupon);
  });

  test('stocks it with the first event of its books', async () => {
    const { id, createdAt } = expectJson(await create(right), 201);
    const [event, ...more] = await shop.operator.history(id);
    assert.deepEqual(more, []);
    assert.deepEqual({ ...event, reason: undefined }, {
      couponId: id, sequence: 1, kind: 'stocked', amount: 1000, stockAfter: 1000, issuedAfter: 0,
      reason: undefined, createdAt,
    });
  });

  test('needs neither a description nor a limit: then there is none, and it is one', async () => {
    const { description, limitPerUser, ...needed } = right;
    const coupon = expectJson(await create(needed), 201);
    assert.deepEqual([coupon.description, coupon.limitPerUser], ['', 1]);
    const nothing = { description: null, limitPerUser: null };
    const nulls = expectJson(await create({ ...needed, ...nothing }), 201);
    assert.deepEqual([nulls.description, nulls.limitPerUser], ['', 1]);
  });

  test('takes what is just allowed', async () => {
    for (const edge of [
      { name: 'x' }, { name: 'x'.repeat(200) }, { name: 'ü'.repeat(100) },
      { name: ' 💶 " \\ / ' },
      { description: 'x'.repeat(4000) }, { description: 'two\nlines' },
      { from: right.to }, { from: '2026-11-27t03:00:00z' }, { from: '2026-11-27T03:00:00.1Z' },
      { from: '0000-01-01T00:00:00Z', to: '9999-12-31T23:59:59.999999Z' },
      { limitPerUser: 1 }, { limitPerUser: 1000 }, { stock: 0 }, { stock: NUMBER_MAX },
    ]) {
      const coupon = expectJson(await create({ ...right, ...edge }), 201);
      for (const field of ['name', 'description', 'limitPerUser', 'stock']) {
        if (field in edge) assert.equal(coupon[field], edge[field], field);
      }
      expectJson(await shop.operator.get(`/admin/v1/coupons/${coupon.id}`));
    }
  });

  test('takes whole numbers however JSON writes them', async () => {
    const text = JSON.stringify({ ...right, stock: 0 }).replace('"stock":0', '"stock":1e3');
    assert.equal(expectJson(await createRaw(text), 201).stock, 1000);
  });

  for (const [field, values] of Object.entries(wrong)) {
    test(`names ${field} when it is wrong`, async () => {
      const before = (await listCoupons(shop)).length;
      for (const value of values) {
        const answer = await create({ ...right, [field]: value });
        expectProblem(answer, 400, 'invalid-request', { field });
      }
      assert.equal((await listCoupons(shop)).length, before, 'nothing was announced');
    });
  }

  test('names a field that it does not know, and one that is there twice', async () => {
    expectProblem(await create({ ...right, stok: 5 }), 400, 'invalid-request', { field: 'stok' });
    expectProblem(await create({ ...right, id: 5 }), 400, 'invalid-request', { field: 'id' });
    const twice = JSON.stringify(right).replace('{', '{"stock":1,');
    expectProblem(await createRaw(twice), 400, 'invalid-request', { field: 'body' });
  });

  test('refuses a body that is no JSON object', async () => {
    for (const body of ['[]', '"text"', 'null', '{', `${JSON.stringify(right)}x`, '{"name":}',
      '{\'name\':1}', Buffer.from('{"name":"\xff"}', 'latin1'), '['.repeat(5000)]) {
      expectProblem(await createRaw(body), 400, 'invalid-request', { field: 'body' });
    }
    expectProblem(await createRaw(undefined), 400, 'invalid-request', { field: 'name' });
  });

  test('many at once gives each its own id', async () => {
    const created = await Promise.all(Array.from({ length: 50 }, () => create(right)));
    const ids = created.map((answer) => expectJson(answer, 201).id);
    assert.equal(new Set(ids).size, 50);
  });
});

/** Every coupon of the shop, in pages of this size. */
function listCoupons(shop, size = 1000) {
  return readPages((query) => shop.operator.get(`/admin/v1/coupons?${query}`), size);
}

describe('a coupon that was announced', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('is listed with all others in the order of announcing, in pages of any size', async () => {
    const announced = [];
    for (let i = 0; i < 7; i += 1) announced.push(await shop.operator.announce({ stock: i }));
    const answer = await shop.operator.get('/admin/v1/coupons');
    assert.deepEqual(expectJson(answer), { items: announced, next: null });
    for (const size of [1, 3, 7, 8]) {
      assert.deepEqual(await listCoupons(shop, size), announced, `in pages of ${size}`);
    }
    for (const [query, field] of [['limit=0', 'limit'], ['limit=1001', 'limit'],
      ['limit=x', 'limit'], ['cursor=x', 'cursor']]) {
      const refused = await shop.operator.get(`/admin/v1/coupons?${query}`);
      expectProblem(refused, 400, 'invalid-request', { field });
    }
  });

  test('has its name, description and window changed, each alone or together', async () => {
    const coupon = await shop.operator.announce();
    let expected = coupon;
    for (const patch of [
      { name: 'New name' },
      { description: 'New description' },
      { to: '2098-01-01T00:00:00.000001Z' },
      { from: '2020-01-01T00:00:00.000000Z' },
      { name: 'N', description: '', from: '2026-01-01T00:00:00.000000Z',
        to: '2097-01-01T00:00:00.000000Z' },
      { name: null },
      {},
    ]) {
      const { name, ...others } = patch;
      expected = { ...expected, ...others, ...(name ? { name } : {}) };
      assert.deepEqual(expectJson(await shop.operator.change(coupon.id, patch)), expected);
      assert.deepEqual(await shop.operator.coupon(coupon.id), expected);
    }
  });

  test('keeps its stock and limit, and what is wrong is named and changes nothing', async () => {
    const coupon = await shop.operator.announce();
    for (const [field, value] of [
      ['stock', 5], ['limitPerUser', 5], ['id', 5], ['issued', 0], ['name', ''], ['name', 7],
      ['description', 'x'.repeat(4001)], ['from', 'x'], ['to', 'x'],
      ['to', '2000-01-01T00:00:00Z'], ['createdAt', '2000-01-01T00:00:00Z'],
    ]) {
      const patch = { description: 'other', [field]: value };
      const answer = await shop.operator.change(coupon.id, patch);
      expectProblem(answer, 400, 'invalid-request', { field });
    }
    const late = await shop.operator.change(coupon.id, { from: '2099-01-01T00:00:00Z' });
    expectProblem(late, 400, 'invalid-request', { field: 'to' });
    assert.deepEqual(await shop.operator.coupon(coupon.id), coupon);
  });

  test('that does not exist is a 404, to look at and to change', async () => {
    for (const id of ['999999', '0', '-1', 'x', '99999999999999999999']) {
      const path = `/admin/v1/coupons/${id}`;
      expectProblem(await shop.operator.get(path), 404, 'coupon-not-found');
      expectProblem(await shop.operator.patch(path, { name: 'x' }), 404, 'coupon-not-found');
    }
  });

  test('keeps the windows that were in force for those who were issued it then', async () => {
    const coupon = await shop.operator.announce();
    expectIssued(await shop.customer('alice').ask(coupon.id));
    expectJson(await shop.operator.change(coupon.id, {
      from: '2090-01-01T00:00:00Z', to: '2091-01-01T00:00:00Z',
    }));
    await shop.expectTrueBooks();
  });
});
