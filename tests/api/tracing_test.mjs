// Goal: a W3C traceparent that comes with a request is passed on, so that a customer's trace goes
// on through this service; a failure's answer has an id that its line in the log has too.
// Method: answers of every kind to requests with headers that are right, wrong or from the future.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectProblem, expectStatus } from './support/expect.mjs';
import { Shop } from './support/shop.mjs';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('a traceparent', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  /** The answers of every kind to a request with this header. */
  async function answersTo(traceparent) {
    const coupon = await shop.operator.announce({ stock: 1 });
    const headers = { traceparent };
    const alice = shop.customer('alice');
    return [
      expectStatus(await alice.ask(coupon.id, { headers }), 201),
      expectStatus(await alice.ask(coupon.id, { headers }), 409),
      expectStatus(await shop.customer('bob').ask(coupon.id, { headers }), 400),
      expectStatus(await shop.publicClient.get('/api/v1/coupons', { headers }), 200),
      expectStatus(await shop.publicClient.get('/nowhere', { headers }), 404),
      expectStatus(await shop.publicClient.get('/api/v1/coupons/me', { headers }), 401),
      expectStatus(await shop.operator.get('/admin/v1/coupons', headers), 200),
    ];
  }

  test('is answered with one of the same trace, from a place of our own in it', async () => {
    for (const flags of ['00', '01']) {
      const spans = new Set();
      for (const answer of await answersTo(`00-${TRACE}-${PARENT}-${flags}`)) {
        const [version, trace, span, given, ...more] = answer.fields.traceparent.split('-');
        assert.deepEqual([version, trace, given, more], ['00', TRACE, flags, []]);
        assert.match(span, /^[0-9a-f]{16}$/);
        assert.notEqual(span, PARENT);
        assert.notEqual(span, '0'.repeat(16));
        spans.add(span);
      }
      assert.equal(spans.size, 7, 'each answer is a span of its own');
    }
  });

  test('of a later version is read as far as it is understood', async () => {
    for (const answer of await answersTo(`cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`)) {
      assert.ok(answer.fields.traceparent.startsWith(`00-${TRACE}-`));
    }
  });

  test('that is none is not passed on, and harms nobody', async () => {
    for (const wrong of ['', 'x', `00-${TRACE}-${PARENT}`, `00-${'0'.repeat(32)}-${PARENT}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`, `ff-${TRACE}-${PARENT}-01`,
      `00-${TRACE.toUpperCase()}-${PARENT}-01`, `00-${TRACE}-${PARENT}-01-more`]) {
      const answer = await shop.publicClient.get('/', { headers: { traceparent: wrong } });
      const passedOn = expectStatus(answer, 200).fields.traceparent ?? '';
      assert.ok(!passedOn.includes(TRACE), `${wrong} came back as ${passedOn}`);
    }
  });

  test('gives a failure its id, by which it is found in the log', async () => {
    const coupon = await shop.operator.announce();
    await shop.withWriteLock(async () => {
      const answer = await shop.customer('unlucky').ask(coupon.id, {
        headers: { traceparent: `00-${TRACE}-${PARENT}-01` },
      });
      expectProblem(answer, 503, 'store-unavailable');
      assert.equal(answer.fields['x-request-id'], TRACE);
    });
    const line = await shop.service.lineOf('request-failed');
    assert.deepEqual([line.requestId, line.status, line.method, line.path],
      [TRACE, 503, 'POST', `/api/v1/coupons/${coupon.id}/me`]);
  });
});
