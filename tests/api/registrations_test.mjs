// Goal: operators see everybody who was issued a coupon, in pages or as one CSV file of any length,
// and take one back when they have to.
// Method: a coupon with some registrations for what they look like, and one with 20,000 for the
// stream; its clients read all of it, read slowly, or hang up.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem, expectStatus, upTo,
} from './support/expect.mjs';
import { readPages } from './support/pages.mjs';
import { eventually } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';
import { Connection, requestText } from './support/wire.mjs';

const HEADING = 'id,couponId,sequence,userId,nth,rank,registeredAt,status';

/** The rows of a CSV file as RFC 4180 has it: fields in quotes where needed, CR LF at each end. */
function parseCsv(text) {
  assert.ok(text.endsWith('\r\n'), 'the last line has its end');
  return text.slice(0, -2).split('\r\n').map((line) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)]
      .map(([, quoted, plain]) => plain ?? quoted.replaceAll('""', '"')));
}

describe('registrations', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const fetchCsv = (id) =>
    shop.operator.get(`/admin/v1/coupons/${id}/registrations`, { Accept: 'text/csv' });

  test('are listed in the order of issuing, in pages of any size', async () => {
    const coupon = await shop.operator.announce({ limitPerUser: 2 });
    const issued = [];
    for (const user of ['zoe', 'adam', 'zoe', 'mia', 'bob']) {
      const registered = expectIssued(await shop.customer(user).ask(coupon.id));
      issued.push({
        id: registered.id,
        couponId: coupon.id,
        sequence: issued.length + 2,
        userId: user,
        nth: issued.some(({ userId }) => userId === user) ? 2 : 1,
        rank: issued.length + 1,
        registeredAt: registered.registeredAt,
        status: 'active',
      });
    }
    assert.deepEqual(await shop.operator.registrations(coupon.id), issued);
    for (const size of [1, 2, 5, 6]) {
      const all = await readPages((query) =>
        shop.operator.get(`/admin/v1/coupons/${coupon.id}/registrations?${query}`), size);
      assert.deepEqual(all, issued, `in pages of ${size}`);
    }
  });

  test('come as CSV to whoever accepts that', async () => {
    const coupon = await shop.operator.announce({ stock: 20 });
    const users = ['plain', 'with, comma', 'with "quotes"', '=1+1', '+1', '-1', '@x', "o'neill"];
    const issued = [];
    for (const user of users) issued.push(expectIssued(await shop.customer(user).ask(coupon.id)));
    expectJson(await shop.operator.takeBack(issued[0].id), 201);

    const answer = expectStatus(await fetchCsv(coupon.id), 200);
    assert.match(answer.fields['content-type'], /^text\/csv; charset=utf-8/);
    assert.match(answer.fields['content-disposition'],
      new RegExp(`^attachment; filename="registrations-${coupon.id}\\.csv"$`));
    const [heading, ...rows] = parseCsv(answer.text);
    assert.equal(heading.join(','), HEADING);
    assert.deepEqual(rows, issued.map((registered, i) => [
      registered.id,
      String(coupon.id),
      String(i + 2),
      // What a spreadsheet would take for a formula is kept a text by a leading apostrophe.
      /^[=+@-]/.test(users[i]) ? `'${users[i]}` : users[i],
      '1',
      String(i + 1),
      registered.registeredAt,
      i === 0 ? 'returned' : 'active',
    ]));
  });

  test('that there are none of are an empty page, or a heading', async () => {
    const coupon = await shop.operator.announce();
    assert.deepEqual(await shop.operator.registrations(coupon.id), []);
    assert.equal((await fetchCsv(coupon.id)).text, `${HEADING}\r\n`);
    expectProblem(await fetchCsv(999999), 404, 'coupon-not-found');
  });
});

describe('20,000 registrations', () => {
  const COUNT = 20_000;
  let shop;
  let coupon;
  before(async () => {
    shop = await Shop.open();
    coupon = await shop.operator.announce({ stock: COUNT });
    await shop.askAtOnce(coupon.id, shop.users('buyer', COUNT), { connections: 256 });
    assert.equal((await shop.operator.stock(coupon.id)).issued, COUNT);
  });
  after(() => shop.close());

  const csvRequest = (headers = {}) => requestText('GET',
    `/admin/v1/coupons/${coupon.id}/registrations`,
    { headers: { ...shop.operator.fields, Accept: 'text/csv', ...headers } });

  test('stream as CSV, whole and in order', async () => {
    const connection = await Connection.open(shop.adminUrl);
    const answer = await connection.ask(csvRequest());
    assert.equal(answer.fields['transfer-encoding'], 'chunked');
    const [heading, ...rows] = parseCsv(answer.text);
    assert.equal(heading.join(','), HEADING);
    assert.deepEqual(rows.map(([, , , , , rank]) => Number(rank)), upTo(COUNT));
    assert.equal(new Set(rows.map(([, , , user]) => user)).size, COUNT);

    const next = await connection.ask(requestText('GET', '/livez'));
    expectStatus(next, 200);
    connection.close();
  });

  test('stream while the sale goes on, and nobody waits for the download', async () => {
    const other = await shop.operator.announce({ stock: 200 });
    const connection = await Connection.open(shop.adminUrl);
    const download = connection.ask(csvRequest());
    const answers = await shop.askAtOnce(other.id, shop.users('meanwhile', 200),
      { connections: 20 });
    assert.ok(answers.every(({ status }) => status === 201));
    assert.equal(parseCsv((await download).text).length, COUNT + 1);
    connection.close();
  });

  test('are one to one with the pages', async () => {
    const registrations = await shop.operator.registrations(coupon.id);
    assert.deepEqual(registrations.map(({ rank }) => rank), upTo(COUNT));
  });

  test('come without chunks to a client of HTTP/1.0, ended by closing', async () => {
    const connection = await Connection.open(shop.adminUrl);
    connection.send(csvRequest().replace('HTTP/1.1', 'HTTP/1.0'));
    await connection.closed;
    const [header, body] = connection.received.split('\r\n\r\n');
    assert.doesNotMatch(header, /transfer-encoding/i);
    assert.equal(parseCsv(body).length, COUNT + 1);
  });

  test('hold nobody up when their reader hangs up in the middle', async () => {
    for (const hangUp of ['close', 'reset']) {
      const connection = await Connection.open(shop.adminUrl);
      connection.send(csvRequest());
      await eventually('the first piece is there', () => connection.received.length > 1000);
      connection[hangUp]();
    }
    expectStatus(await shop.adminClient.get('/readyz'), 200);
    const again = expectStatus(await shop.operator.get(
      `/admin/v1/coupons/${coupon.id}/registrations`, { Accept: 'text/csv' }), 200);
    assert.equal(parseCsv(again.text).length, COUNT + 1);
  });
});

describe('taking a coupon back', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('appends the event, marks the registration, and frees the stock', async () => {
    const coupon = await shop.operator.announce({ stock: 1 });
    const alice = shop.customer('alice');
    const registered = expectIssued(await alice.ask(coupon.id));
    const answer = await shop.operator.takeBack(registered.id, { reason: 'refund' });
    assert.deepEqual(expectJson(answer, 201), {
      id: registered.id, couponId: coupon.id, sequence: 2, userId: 'alice', nth: 1, rank: 1,
      registeredAt: registered.registeredAt, status: 'returned',
    });
    const event = expectJson(await shop.operator.get(answer.fields.location));
    assert.deepEqual([event.kind, event.amount, event.userId, event.reason, event.stockAfter],
      ['returned', 1, 'alice', 'refund', 1]);
    assert.deepEqual(expectJson(await alice.holding(registered.id)),
      { ...registered, status: 'returned' });
    const [listed] = await shop.operator.registrations(coupon.id);
    assert.equal(listed.status, 'returned');
    const { stock, issued } = await shop.operator.stock(coupon.id);
    assert.deepEqual([stock, issued], [1, 1], 'a rank that was given is never given again');
  });

  test('lets its user have one again, as another one with a rank of its own', async () => {
    const coupon = await shop.operator.announce({ stock: 2 });
    const bob = shop.customer('bob');
    const first = expectIssued(await bob.ask(coupon.id));
    expectAlreadyRegistered(await bob.ask(coupon.id));
    expectJson(await shop.operator.takeBack(first.id), 201);
    const second = expectIssued(await bob.ask(coupon.id));
    assert.equal(second.rank, 2);
    assert.notEqual(second.id, first.id);
    assert.deepEqual(expectAlreadyRegistered(await bob.ask(coupon.id)), [second]);
    const nths = (await shop.operator.registrations(coupon.id)).map(({ nth }) => nth);
    assert.deepEqual(nths, [1, 2]);
  });

  test('happens once', async () => {
    const coupon = await shop.operator.announce();
    const { id } = expectIssued(await shop.customer('carol').ask(coupon.id));
    const answers = await Promise.all(upTo(10).map(() => shop.operator.takeBack(id)));
    const taken = answers.filter(({ status }) => status === 201);
    assert.equal(taken.length, 1);
    for (const answer of answers) {
      if (answer !== taken[0]) expectProblem(answer, 409, 'already-returned');
    }
    assert.equal((await shop.operator.stock(coupon.id)).stock, 10);
  });

  test('needs no reason, and refuses what is none', async () => {
    const coupon = await shop.operator.announce();
    const { id } = expectIssued(await shop.customer('dave').ask(coupon.id));
    for (const [body, field] of [[{ reason: 5 }, 'reason'], [{ reason: 'x'.repeat(501) }, 'reason'],
      [{ why: 'x' }, 'why'], [[], 'body']]) {
      expectProblem(await shop.operator.takeBack(id, body), 400, 'invalid-request', { field });
    }
    expectJson(await shop.operator.takeBack(id, undefined), 201);
  });

  test('of what was never issued is a 404', async () => {
    const coupon = await shop.operator.announce();
    for (const id of [`${coupon.id}-1`, `${coupon.id}-999`, '999999-2', 'x', '1', '1-', '-1-2']) {
      expectProblem(await shop.operator.takeBack(id), 404, 'registration-not-found');
    }
  });
});
