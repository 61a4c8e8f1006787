// Goal: a coupon is given out from `from` to `to`, both included, and what counts is the moment at
// which the request was there, not the moment at which its turn came.
// Method: libfaketime stands still at a whole second, and the windows are put around it, to the
// microsecond; then a clock that is set while the service runs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { SettableClock, frozenAt } from './support/clock.mjs';
import { expectIssued, expectJson, expectProblem } from './support/expect.mjs';
import { Shop } from './support/shop.mjs';

const NOON = '2026-11-27T12:00:00.000000Z';
const AN_INSTANT_BEFORE = '2026-11-27T11:59:59.999999Z';
const AN_INSTANT_AFTER = '2026-11-27T12:00:00.000001Z';

describe('at noon exactly', () => {
  let shop;
  before(async () => { shop = await Shop.open({ environment: frozenAt(NOON) }); });
  after(() => shop.close());

  for (const [from, to, code] of [
    [NOON, NOON, undefined],
    [NOON, '2026-11-27T13:00:00Z', undefined],
    ['2026-11-27T11:00:00Z', NOON, undefined],
    ['2026-11-27T21:00:00+09:00', '2026-11-27T07:00:00.000-05:00', undefined],
    [AN_INSTANT_AFTER, '2026-11-27T13:00:00Z', 'coupon-not-started'],
    ['2026-11-27T11:00:00Z', AN_INSTANT_BEFORE, 'coupon-ended'],
    [AN_INSTANT_BEFORE, AN_INSTANT_AFTER, undefined],
    ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', undefined],
  ]) {
    test(`a coupon from ${from} to ${to} is ${code ?? 'issued'}`, async () => {
      const coupon = await shop.operator.announce({ from, to });
      const answer = await shop.customer('alice').ask(coupon.id);
      if (code) expectProblem(answer, 400, code);
      else assert.equal(expectIssued(answer, coupon).registeredAt, NOON);
    });
  }

  test('times are shown in UTC, whatever offset they came with', async () => {
    const coupon = await shop.operator.announce({
      from: '2026-11-27T21:00:00+09:00', to: '2026-11-28T00:00:00.5+09:00',
    });
    assert.deepEqual([coupon.from, coupon.to, coupon.createdAt],
      [NOON, '2026-11-27T15:00:00.500000Z', NOON]);
  });

  test('a window that is moved by a patch counts at once', async () => {
    const coupon = await shop.operator.announce({ from: AN_INSTANT_AFTER, to: AN_INSTANT_AFTER });
    expectProblem(await shop.customer('alice').ask(coupon.id), 400, 'coupon-not-started');
    expectJson(await shop.operator.change(coupon.id, { from: AN_INSTANT_BEFORE, to: NOON }));
    expectIssued(await shop.customer('alice').ask(coupon.id));
    expectJson(await shop.operator.change(coupon.id, { to: AN_INSTANT_BEFORE }));
    expectProblem(await shop.customer('bob').ask(coupon.id), 400, 'coupon-ended');
    await shop.expectTrueBooks();
  });
});

describe('while time goes on', () => {
  const clock = new SettableClock('2026-11-27T11:59:59Z');
  let shop;
  before(async () => { shop = await Shop.open({ environment: clock.environment }); });
  after(() => shop.close());

  test('the doors open at from and close after to', async () => {
    clock.set('2026-11-27T11:59:59Z');
    const coupon = await shop.operator.announce({ from: NOON, to: '2026-11-27T12:59:59Z' });
    const ask = (user) => shop.customer(user).ask(coupon.id);
    expectProblem(await ask('early'), 400, 'coupon-not-started');
    clock.set(NOON);
    assert.equal(expectIssued(await ask('on-the-dot')).registeredAt, NOON);
    clock.set('2026-11-27T12:59:59Z');
    expectIssued(await ask('in-the-last-second'));
    clock.set('2026-11-27T13:00:00Z');
    expectProblem(await ask('late'), 400, 'coupon-ended');
  });

  test('who came in time gets the coupon, however long the line was', async () => {
    clock.set(NOON);
    const coupon = await shop.operator.announce({ from: '2026-11-27T11:00:00Z', to: NOON });
    const waiting = await shop.withWriteLock(async () => {
      const asked = await shop.askInOrder(coupon.id, ['first', 'second']);
      clock.set('2026-11-27T12:00:03Z');
      return asked;
    });
    for (const answer of await Promise.all(waiting)) {
      assert.equal(expectIssued(answer).registeredAt, NOON, 'the moment of its arrival');
    }
    expectProblem(await shop.customer('third').ask(coupon.id), 400, 'coupon-ended');
  });

  test('who came too early is refused, however long the line was', async () => {
    clock.set('2026-11-27T11:59:59Z');
    const coupon = await shop.operator.announce({ from: NOON, to: '2026-11-27T13:00:00Z' });
    const waiting = await shop.withWriteLock(async () => {
      const asked = await shop.askInOrder(coupon.id, ['early', 'bird']);
      clock.set('2026-11-27T12:00:01Z');
      return asked;
    });
    for (const answer of await Promise.all(waiting)) {
      expectProblem(answer, 400, 'coupon-not-started');
    }
  });
});
