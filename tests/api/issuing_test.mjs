// Goal: every row of the table of outcomes is answered as promised, with the row's status and code,
// and what is refused leaves nothing in the books.
// Method: one shop for the rules, and one more for each limit that has to be reached. A stuck store
// is made with the database's own shell, which takes the write lock and keeps it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem, expectStatus, upTo,
} from './support/expect.mjs';
import { eventually } from './support/poll.mjs';
import { isOnPostgres } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

const HOUR_MS = 3_600_000;
const DEADLINE_MS = 500;
const ahead = (milliseconds) => new Date(Date.now() + milliseconds).toISOString();

describe('asking for a coupon', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('is answered 201 with the registered coupon, which lies where Location says', async () => {
    const coupon = await shop.operator.announce({ name: 'Half off "everything" – 50 %' });
    const alice = shop.customer('alice');

    const answer = await alice.ask(coupon.id);
    const registered = expectIssued(answer, coupon);
    assert.equal(registered.couponId, coupon.id);
    assert.equal(registered.rank, 1);
    assert.equal(registered.id, `${coupon.id}-2`, 'coupon and sequence; the first event stocked');
    const age = Date.now() - Date.parse(registered.registeredAt);
    assert.ok(age >= -1000 && age < 60_000, `${registered.registeredAt} is now`);

    const shown = await alice.get(answer.fields.location);
    assert.deepEqual(expectJson(shown), registered);
  });

  test('writes an event and a registration that say the same', async () => {
    const coupon = await shop.operator.announce({ stock: 5 });
    const registered = expectIssued(await shop.customer('bob').ask(coupon.id));

    const [stocked, issued] = await shop.operator.history(coupon.id);
    assert.equal(stocked.kind, 'stocked');
    assert.deepEqual(issued, {
      couponId: coupon.id,
      sequence: 2,
      kind: 'issued',
      amount: -1,
      stockAfter: 4,
      issuedAfter: 1,
      userId: 'bob',
      createdAt: registered.registeredAt,
    });
    assert.deepEqual(await shop.operator.registrations(coupon.id), [{
      id: registered.id,
      couponId: coupon.id,
      sequence: 2,
      userId: 'bob',
      nth: 1,
      rank: 1,
      registeredAt: registered.registeredAt,
      status: 'active',
    }]);
    assert.deepEqual(await shop.operator.liveEvents(coupon.id),
      await shop.operator.history(coupon.id));
  });

  test('that does not exist is a 404, whatever stands in its place', async () => {
    const anybody = shop.customer('alice');
    const ids = ['999999', '0', '-1', 'abc', '1.5', '1e3', '%31%20', '9223372036854775808',
      '00000000000000000000000000000000000000001x'];
    for (const id of ids) expectProblem(await anybody.ask(id), 404, 'coupon-not-found');
  });

  test('of which nothing is left is a 400', async () => {
    const coupon = await shop.operator.announce({ stock: 1 });
    expectIssued(await shop.customer('first').ask(coupon.id));
    expectProblem(await shop.customer('second').ask(coupon.id), 400, 'coupon-sold-out');
    const empty = await shop.operator.announce({ stock: 0 });
    expectProblem(await shop.customer('first').ask(empty.id), 400, 'coupon-sold-out');
  });

  test('too early or too late is a 400', async () => {
    const early = await shop.operator.announce({ from: ahead(HOUR_MS), to: ahead(2 * HOUR_MS) });
    expectProblem(await shop.customer('alice').ask(early.id), 400, 'coupon-not-started');
    const late = await shop.operator.announce({ from: ahead(-2 * HOUR_MS), to: ahead(-HOUR_MS) });
    expectProblem(await shop.customer('alice').ask(late.id), 400, 'coupon-ended');
  });

  test('looks at the stock first, then at the window', async () => {
    const early = await shop.operator.announce({
      stock: 0, from: ahead(HOUR_MS), to: ahead(2 * HOUR_MS),
    });
    expectProblem(await shop.customer('alice').ask(early.id), 400, 'coupon-sold-out');
    const late = await shop.operator.announce({
      stock: 0, from: ahead(-2 * HOUR_MS), to: ahead(-HOUR_MS),
    });
    expectProblem(await shop.customer('alice').ask(late.id), 400, 'coupon-sold-out');
  });

  test('that one holds already is a 409 with what one holds, sold out, ended or not', async () => {
    const coupon = await shop.operator.announce({ stock: 2 });
    const alice = shop.customer('alice');
    const registered = expectIssued(await alice.ask(coupon.id));
    assert.deepEqual(expectAlreadyRegistered(await alice.ask(coupon.id)), [registered]);

    expectIssued(await shop.customer('bob').ask(coupon.id));
    assert.deepEqual(expectAlreadyRegistered(await alice.ask(coupon.id)), [registered]);

    const ended = expectJson(await shop.operator.change(coupon.id, { to: ahead(-1000) }));
    const [held] = expectAlreadyRegistered(await alice.ask(coupon.id));
    assert.deepEqual(held, { ...registered, coupon: { ...registered.coupon, to: ended.to } });
  });

  test('without credentials is a 401 that says which are wanted', async () => {
    const coupon = await shop.operator.announce();
    const answer = await shop.publicClient.post(`/api/v1/coupons/${coupon.id}/me`);
    expectProblem(answer, 401, 'unauthenticated');
    assert.match(answer.fields['www-authenticate'], /^Bearer\b/);
  });

  test('takes a user of 1 to 128 bytes of printable ASCII, and nobody else', async () => {
    const coupon = await shop.operator.announce();
    const ask = (sub) => shop.publicClient.post(`/api/v1/coupons/${coupon.id}/me`, {
      headers: { Authorization: `Bearer ${shop.identity.token(sub)}` },
    });
    for (const user of ['u', 'u'.repeat(128), 'a b', '~!@#$%^&*()"\\', "Robert'); DROP TABLE--"]) {
      expectIssued(await ask(user), coupon);
    }
    for (const user of ['', 'u'.repeat(129), 'zoë', 'a\tb', 'a\nb', '\x7f', 42, null, undefined]) {
      expectProblem(await ask(user), 401, 'unauthenticated');
    }
  });

  test('and being refused leaves no row', async () => {
    const soldOut = await shop.operator.announce({ stock: 0 });
    const held = await shop.operator.announce();
    const early = await shop.operator.announce({ from: ahead(HOUR_MS), to: ahead(2 * HOUR_MS) });
    const carol = shop.customer('carol');
    expectIssued(await carol.ask(held.id));
    for (const coupon of [soldOut, held, early]) {
      assert.notEqual((await carol.ask(coupon.id, { key: '"again"' })).status, 201);
      expectProblem(await carol.ask(coupon.id, { key: '""' }), 400, 'invalid-request');
    }
    assert.equal((await shop.operator.coupon(soldOut.id)).sequence, 0);
    assert.equal((await shop.operator.coupon(held.id)).sequence, 2);
    assert.equal((await shop.operator.coupon(early.id)).sequence, 1);
    assert.equal((await carol.allHoldings()).length, 1);
  });

  test('ignores a body, and reads a JSON name with any escapes as it was announced', async () => {
    const coupon = await shop.operator.announce({ name: 'tab\\back "quote" ünï 💶' });
    const answer = await shop.publicClient.post(`/api/v1/coupons/${coupon.id}/me`, {
      headers: shop.customer('dave').fields,
      body: 'anything at all',
    });
    assert.equal(expectIssued(answer).coupon.name, 'tab\\back "quote" ünï 💶');
  });
});

describe('a limit on requests per user', () => {
  let shop;
  before(async () => {
    shop = await Shop.open({ settings: { 'user-rate': 1, 'user-burst': 3 } });
  });
  after(() => shop.close());

  test('is told with 429, Retry-After and the RateLimit fields; nobody else feels it', async () => {
    const coupon = await shop.operator.announce();
    const eager = shop.customer('eager');
    expectIssued(await eager.ask(coupon.id));
    const asked = upTo(20).flatMap(() => [eager.ask(coupon.id), eager.holdings()]);
    const refused = (await Promise.all(asked)).filter((answer) => answer.status === 429);
    assert.ok(refused.length >= 20, `of 40, with 3 allowed, ${refused.length} were refused`);
    for (const answer of refused) {
      expectProblem(answer, 429, 'rate-limited');
      assert.match(answer.fields['ratelimit-policy'], /^"[^"]+";q=1;w=1$/);
      assert.match(answer.fields.ratelimit, /^"[^"]+";r=0;t=\d+$/);
    }
    expectIssued(await shop.customer('patient').ask(coupon.id));
  });

  test('ends when one has waited', async () => {
    const coupon = await shop.operator.announce();
    const eager = shop.customer('comes-back');
    await eventually('the user is refused', async () => (await eager.holdings()).status === 429);
    await eventually('the user is let in again', async () => {
      const answer = await eager.ask(coupon.id);
      return answer.status === 201 && expectIssued(answer);
    });
  });
});

describe('a store that can\'t be written', () => {
  let shop;
  before(async () => {
    shop = await Shop.open({ settings: { 'queue-max': 2, 'request-deadline-ms': DEADLINE_MS } });
  });
  after(() => shop.close());

  test('makes a full line answer 503 at once, and those in time are served', async () => {
    const coupon = await shop.operator.announce();
    const waiting = await shop.withWriteLock(async () => {
      const asked = await shop.askInOrder(coupon.id, shop.users('in-time', 3));
      const turnedAway = await shop.customer('too-many').ask(coupon.id);
      expectProblem(turnedAway, 503, 'overloaded');
      return asked;
    });
    const [first, ...others] = await Promise.all(waiting);
    expectIssued(first);
    for (const answer of others) {
      if (answer.status === 503) expectProblem(answer, 503, 'overloaded');
      else expectIssued(answer);
    }
    expectIssued(await shop.customer('too-many').ask(coupon.id), coupon);
  });

  test('answers 503 once a request has waited longer than it may; nothing is written', async () => {
    const coupon = await shop.operator.announce();
    const waiting = await shop.withWriteLock(async () => {
      const asked = await shop.askInOrder(coupon.id, ['on-time', 'late']);
      const since = Date.now();
      await eventually('the deadline has passed', () => Date.now() - since > DEADLINE_MS);
      return asked;
    });
    const [onTime, late] = await Promise.all(waiting);
    if (!isOnPostgres) {
      expectIssued(onTime);
      expectProblem(late, 503, 'overloaded');
    }
    // A server isn't waited for longer than a request may wait, so that the first one may have been
    // given up, and the second one begun, in time. Whoever was refused has nothing.
    const issued = [onTime, late].filter(({ status }) => status === 201);
    assert.ok([onTime, late].every(({ status }) => status === 201 || status === 503));
    assert.equal((await shop.operator.registrations(coupon.id)).length, issued.length);
  });

  test('is told as 503 store-unavailable; reading goes on, issuing does later', async () => {
    const coupon = await shop.operator.announce();
    const alice = shop.customer('alice');
    await shop.withWriteLock(async () => {
      const asked = alice.ask(coupon.id, { key: '"once"' });
      expectJson(await alice.holdings());
      assert.equal((await shop.operator.stock(coupon.id)).stock, 10);
      expectStatus(await shop.adminClient.get('/readyz'), 200);

      const answer = await asked;
      expectProblem(answer, 503, 'store-unavailable');
      const id = answer.fields['x-request-id'];
      assert.match(id, /^[0-9a-f]{32}$/);
      // A customer's complaint finds its line in the log.
      const line = await shop.service.lineOf('request-failed', ({ requestId }) => requestId === id);
      assert.equal(line.status, 503);
    });
    assert.equal((await shop.operator.coupon(coupon.id)).sequence, 1, 'nothing was written');
    const answer = await alice.ask(coupon.id, { key: '"once"' });
    expectIssued(answer, coupon);
    assert.equal(answer.fields['idempotent-replayed'], undefined);
  });
});

describe('the order of the line', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('is the order of arrival: who comes first gets what is left', async () => {
    const coupon = await shop.operator.announce({ stock: 5 });
    const asked = await shop.withWriteLock(() =>
      shop.askInOrder(coupon.id, shop.users('in-line', 8)));
    const answers = await Promise.all(asked);
    assert.deepEqual(answers.slice(0, 5).map((answer) => expectIssued(answer).rank), upTo(5));
    for (const answer of answers.slice(5)) expectProblem(answer, 400, 'coupon-sold-out');
  });
});
