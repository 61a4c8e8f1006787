// Goal: SIGTERM loses nobody: who was let in is answered, what was acknowledged is kept, and the
// process ends with 0 within a bounded time. After a restart everything is as it was told.
// Method: SIGTERM under load at a random moment, some times over; and one by one what can be open
// at that moment: an idle connection, half a request, a commit that waits, a download, a fold.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openConnections } from '../api/support/crowd.mjs';
import { askRequest } from '../api/support/customer.mjs';
import { expectIssued, expectProblem, expectStatus, upTo } from '../api/support/expect.mjs';
import { eventually, inTime } from '../api/support/poll.mjs';
import { Shop } from '../api/support/shop.mjs';
import { Connection, requestText } from '../api/support/wire.mjs';

const ROUNDS = 8;
const CONNECTIONS = 64;

// The drain time-out is 10 s and connections get a little more; under this load it takes 2 s.
const STOP_MAX_MS = 10_000;

const textOf = ({ method, path, ...rest }) => requestText(method, path, rest);

/** A request of the user for the coupon, as text. */
const askText = (shop, couponId, user) =>
  textOf(askRequest(couponId, shop.identity.fieldsOf(user)));

test('SIGTERM under load answers whoever was let in, and keeps what it told', async (t) => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({ stock: 1_000_000 });
  const acknowledged = new Map();
  let longest = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const connections = await openConnections(shop.url, CONNECTIONS);
    const stopAfter = CONNECTIONS + Math.floor(Math.random() * 500);
    const lost = [];
    let answers = 0;
    let stopping;
    const stop = () => {
      const since = Date.now();
      stopping ??= shop.service.stop().then((end) => ({ ...end, took: Date.now() - since }));
    };
    // Each connection sends its next request as soon as it is answered, until it is told to close.
    await Promise.all(connections.map(async (connection, i) => {
      for (let nth = 1; ; nth += 1) {
        const user = `round-${round}-${i}-${nth}`;
        try {
          const answer = await connection.ask(askText(shop, coupon.id, user));
          acknowledged.set(user, expectIssued(answer, coupon));
          answers += 1;
          if (answers >= stopAfter) stop();
          if (answer.fields.connection === 'close') return;
        } catch (error) {
          lost.push(`${user}: ${error.message}`);
          return;
        }
      }
    }));
    const { code, took } = await stopping;
    longest = Math.max(longest, took);
    for (const connection of connections) connection.close();
    assert.deepEqual(lost, [], 'every request on the wire was answered');
    assert.equal(code, 0);
    assert.ok(took < STOP_MAX_MS, `it took ${took} ms`);
    await shop.expectTrueBooks();
    await shop.start();
  }
  t.diagnostic(`${acknowledged.size} acknowledged, the longest stop took ${longest} ms`);

  const kept = new Map((await shop.operator.registrations(coupon.id))
    .map((row) => [row.userId, row]));
  assert.equal(kept.size, acknowledged.size, 'and nobody else got one');
  for (const [user, { id, rank }] of acknowledged) {
    assert.deepEqual([kept.get(user).id, kept.get(user).rank], [id, rank]);
  }
  await shop.close();
});

test('SIGTERM closes the door, says that it does, and answers those who are inside', async () => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce();
  const [inside, halfway] = await openConnections(shop.url, 2);
  await shop.operator.metricBecomes('dibs_http_connections_open', 2);
  const text = askText(shop, coupon.id, 'halfway');
  halfway.send(text.slice(0, 40));
  const operators = await Connection.open(shop.adminUrl);

  shop.service.signal('SIGTERM');
  await eventually('it is not ready any more', async () => {
    const answer = await operators.ask(requestText('GET', '/readyz'));
    return answer.status === 503 && expectProblem(answer, 503, 'shutting-down');
  });
  expectStatus(await operators.ask(requestText('GET', '/livez')), 200);
  await eventually('the door is closed', async () => {
    const late = await Connection.open(shop.url).catch(({ code }) => code);
    if (late === 'ECONNREFUSED') return true;
    late.close?.();
    return false;
  });

  const answer = await inside.ask(askText(shop, coupon.id, 'inside'));
  expectIssued(answer, coupon);
  assert.equal(answer.fields.connection, 'close');
  halfway.send(text.slice(40));
  expectIssued(await halfway.answer(), coupon);
  for (const connection of [inside, halfway]) {
    connection.finishSending();
    await inTime('the connection is closed', connection.closed);
  }
  operators.close();
  assert.deepEqual(await shop.service.end(), { code: 0, signal: null });
  const events = shop.service.log.map(({ event }) => event);
  assert.deepEqual(events.filter((event) => event.startsWith('stop')), ['stopping', 'stopped']);
  assert.equal(events.at(-1), 'stopped');

  await shop.start();
  const users = (await shop.operator.registrations(coupon.id)).map(({ userId }) => userId);
  assert.deepEqual(users, ['inside', 'halfway']);
  await shop.close();
});

test('SIGTERM waits for a commit that waits for the store', async () => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce();
  const users = shop.users('patient', 5);
  const answers = await shop.withWriteLock(async () => {
    const asked = await shop.askInOrder(coupon.id, users);
    shop.service.signal('SIGTERM');
    await eventually('it has begun to stop', () => shop.service.logged('stopping').length > 0);
    return asked;
  });
  const ranks = (await Promise.all(answers)).map((answer) => expectIssued(answer, coupon).rank);
  assert.deepEqual(ranks, upTo(5));
  assert.equal((await shop.service.end()).code, 0);
  await shop.start();
  assert.equal((await shop.operator.stock(coupon.id)).issued, 5);
  await shop.close();
});

test('SIGTERM lets a download come to its end', async () => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({ stock: 5000 });
  await shop.askAtOnce(coupon.id, shop.users('buyer', 5000), { connections: 100 });
  const connection = await Connection.open(shop.adminUrl);
  const download = connection.ask(requestText('GET',
    `/admin/v1/coupons/${coupon.id}/registrations`,
    { headers: { ...shop.operator.fields, Accept: 'text/csv' } }));
  await eventually('it has begun', () => connection.received.length > 0);
  shop.service.signal('SIGTERM');
  const { text } = await download;
  assert.equal(text.trimEnd().split('\r\n').length, 5001);
  connection.close();
  assert.equal((await shop.service.end()).code, 0);
  await shop.expectTrueBooks();
});

test('an idle connection does not hold the end up for long', async () => {
  const shop = await Shop.open();
  const idle = await openConnections(shop.url, 20);
  const idleOperators = await openConnections(shop.adminUrl, 5);
  const since = Date.now();
  await shop.stop();
  assert.ok(Date.now() - since < STOP_MAX_MS);
  for (const connection of [...idle, ...idleOperators]) connection.close();
});

test('a client that never ends its request does not hold the end up for ever', async () => {
  const shop = await Shop.open({ settings: { 'drain-timeout-ms': 500 } });
  const slow = await Connection.open(shop.url);
  slow.send('POST /api/v1/coupons/1/me HTTP/1.1\r\nHost:');
  await shop.operator.metricBecomes('dibs_http_connections_open', 1);
  const since = Date.now();
  await shop.stop();
  assert.ok(Date.now() - since < STOP_MAX_MS, 'the drain time-out and three seconds');
  slow.close();
});

test('SIGINT does the same, and a second signal does no harm', async () => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce();
  expectIssued(await shop.customer('alice').ask(coupon.id));
  const idle = await openConnections(shop.url, 1);
  shop.service.signal('SIGINT');
  await eventually('it has begun to stop', () => shop.service.logged('stopping').length > 0);
  shop.service.signal('SIGTERM');
  shop.service.signal('SIGINT');
  assert.deepEqual(await shop.service.end(), { code: 0, signal: null });
  idle[0].close();
  await shop.start();
  assert.equal((await shop.operator.coupon(coupon.id)).issued, 1);
  await shop.close();
});

test('a client that went away does not end the process', async () => {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({ stock: 10_000 });
  for (let round = 0; round < 5; round += 1) {
    const connections = await openConnections(shop.url, 50);
    for (const [i, connection] of connections.entries()) {
      connection.send(askText(shop, coupon.id, `gone-${round}-${i}`));
      connection.reset();
    }
  }
  expectIssued(await shop.customer('still-here').ask(coupon.id));
  await shop.close();
});
