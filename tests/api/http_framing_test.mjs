// Goal: no bytes can be read in two ways. What is malformed, or could be understood differently by
// a proxy in front, is answered once and closed, and what stands behind it is never carried out;
// what is well-formed is answered, one answer a request, in order.
// Method: the table of support/framing.mjs on both listeners, each row whole and byte by byte.
// Behind every request stands one in somebody else's name that would leave a trace: a coupon, or an
// event in the history. The books say in the end whose requests were carried out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectIssued, expectProblem } from './support/expect.mjs';
import { framings } from './support/framing.mjs';
import { inTime } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';
import { Connection, requestText } from './support/wire.mjs';

// choice: beyond that, a row is sent in pieces of a thousand bytes instead of one.
const BYTE_BY_BYTE_MAX = 4_000;

// choice: what is to be closed is closed within milliseconds. A service that forgets it once forgets
// it again and again, and is not waited for each time.
const PATIENCE_MS = 20_000;
const PATIENCE_WHEN_LATE_MS = 500;

let patienceMs = PATIENCE_MS;
let shop;
let coupon;
before(async () => {
  shop = await Shop.open();
  coupon = await shop.operator.announce({ stock: 1_000_000 });
});
after(() => shop.close());

const fieldLines = (headers) => Object.entries({ Host: 'dibs', ...headers })
  .map(([name, value]) => `${name}: ${value}\r\n`).join('');

/**
 * What a row needs to know: the first request, in `one`'s name, and the next, in `other`'s.
 * Customers ask for the coupon; operators look at it, and then add to its stock.
 */
const PLACES = {
  public: {
    url: () => shop.url,
    ok: 201,
    at: (one, other) => {
      const path = `/api/v1/coupons/${coupon.id}/me`;
      return {
        ...placeOf('POST', path, fieldLines(shop.identity.fieldsOf(one))),
        next: requestText('POST', path, { headers: shop.identity.fieldsOf(other) }),
      };
    },
  },
  operators: {
    url: () => shop.adminUrl,
    ok: 200,
    nextOk: 201,
    at: (one, other) => ({
      ...placeOf('GET', '/admin/v1/coupons', fieldLines(shop.operator.fields)),
      next: requestText('POST', `/admin/v1/coupons/${coupon.id}/inventory`, {
        headers: shop.operator.fields, body: JSON.stringify({ amount: 1, reason: other }),
      }),
    }),
  },
};

function placeOf(method, path, fields) {
  return { method, path, fields, start: `${method} ${path} HTTP/1.1\r\n${fields}` };
}

const DELIVERIES = {
  whole: (bytes) => [bytes],
  'in pieces': (bytes) => {
    const size = bytes.length > BYTE_BY_BYTE_MAX ? 1000 : 1;
    return Array.from({ length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.subarray(i * size, (i + 1) * size));
  },
};

/** Who has left a trace: users with a coupon, reasons in the history. */
async function traces() {
  const registrations = await shop.operator.registrations(coupon.id);
  const history = await shop.operator.history(coupon.id);
  const names = [...registrations.map(({ userId }) => userId),
    ...history.map(({ reason }) => reason)];
  return new Set(names.filter((name) => /-(first|next)$/.test(name)));
}

/** Everything that came back on a connection of the row's own, once it has ended. */
async function play(listener, row, pieces) {
  const connection = await Connection.open(PLACES[listener].url());
  for (const piece of pieces) connection.send(piece);
  // What the service is to close is closed without our help.
  if (row.after !== 'closed') connection.finishSending();
  try {
    await inTime('the connection ends', connection.closed, patienceMs);
  } catch (late) {
    patienceMs = PATIENCE_WHEN_LATE_MS;
    connection.close();
    assert.fail(`${row.what}, ${listener}: ${late.message}; what came is ${connection.received}`);
  }
  return connection.received;
}

function expectAnswers(received, row, { ok, nextOk = ok }) {
  const wanted = row.statuses.map((status, i) => {
    if (status !== 'ok') return status;
    return i > 0 ? nextOk : ok;
  });
  // Each answer begins a line of its own, or directly behind a body.
  const answers = received.split(/(?=HTTP\/1\.1 \d{3} )/);
  const statuses = answers.map((answer) => Number(answer.slice(9, 12)));
  assert.deepEqual(statuses, wanted, received);
  const isLast = /^connection: close\r$/im;
  assert.equal(isLast.test(answers.at(-1)), row.after === 'closed', answers.at(-1));
  for (const answer of answers.slice(0, -1)) assert.doesNotMatch(answer, isLast);
}

const expected = new Set();

for (const { subject, rows } of framings) {
  describe(subject, () => {
    rows.forEach((row, number) => test(row.what, async () => {
      for (const [listener, place] of Object.entries(PLACES)) {
        await Promise.all(Object.entries(DELIVERIES).map(async ([how, cut]) => {
          const name = `${subject} ${number} ${listener} ${how}`.replaceAll(' ', '-');
          const [one, other] = [`${name}-first`, `${name}-next`];
          const bytes = Buffer.from(row.bytes(place.at(one, other)), 'latin1');
          expectAnswers(await play(listener, row, cut(bytes)), row, place);
          if (listener === 'public' && row.statuses[0] === 'ok') expected.add(one);
          if (row.after === 'read') expected.add(other);
        }));
      }
    }));
  });
}

test('only those were carried out that were answered so', async () => {
  // One that is carried out late would be decided before this one.
  expectIssued(await shop.customer('last').ask(coupon.id));
  const found = await traces();
  assert.deepEqual([...found].filter((name) => !expected.has(name)), [], 'nobody else');
  assert.deepEqual([...expected].filter((name) => !found.has(name)), [], 'all of those');
});

describe('pipelined requests', () => {
  test('of two hundred users get their ranks in the order in which they were sent', async () => {
    const offer = await shop.operator.announce({ stock: 150 });
    const users = shop.users('piped', 200);
    const path = `/api/v1/coupons/${offer.id}/me`;
    const connection = await Connection.open(shop.url);
    connection.send(users.map((user) =>
      requestText('POST', path, { headers: shop.identity.fieldsOf(user) })).join(''));
    for (const [i, user] of users.entries()) {
      const answer = await inTime(`an answer for ${user}`, connection.answer());
      if (i < 150) assert.equal(answer.json.rank, i + 1, answer.text);
      else expectProblem(answer, 400, 'coupon-sold-out');
    }
    connection.close();
    const holders = await shop.operator.registrations(offer.id);
    assert.deepEqual(holders.map(({ userId }) => userId), users.slice(0, 150));
  });

  test('of all kinds are answered in their order, wherever the pieces are cut', async () => {
    const json = JSON.stringify({ amount: 1, reason: 'piped' });
    const headers = shop.operator.fields;
    const inventory = `/admin/v1/coupons/${coupon.id}/inventory`;
    const kinds = [
      [requestText('GET', '/livez'), 200],
      [requestText('HEAD', '/livez'), 200, { isHead: true }],
      [requestText('POST', inventory, { headers, body: json }), 201],
      [requestText('GET', '/nowhere'), 404],
      [requestText('DELETE', '/livez'), 405],
      [requestText('GET', inventory), 401],
      [requestText('POST', inventory, { headers, body: '{"amount":' }), 400],
      [requestText('OPTIONS', '/livez'), 204],
    ];
    const bytes = Buffer.from(kinds.map(([text]) => text).join(''));
    for (let size = 1; size <= 64; size *= 2) {
      const connection = await Connection.open(shop.adminUrl);
      for (let from = 0; from < bytes.length; from += size) {
        connection.send(bytes.subarray(from, from + size));
      }
      for (const [text, status, options] of kinds) {
        const answer = await inTime('an answer', connection.answer(options));
        assert.equal(answer.status, status, `${text}: ${answer.text}`);
      }
      connection.close();
    }
  });

  test('behind one that is malformed are not answered, those before it are', async () => {
    const connection = await Connection.open(shop.url);
    const good = requestText('GET', '/');
    connection.send(good + good + good.replace('Host: dibs', 'Host : dibs') + good + good);
    await inTime('the connection ends', connection.closed);
    const answers = [...connection.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)];
    assert.deepEqual(answers.map(([, status]) => status), ['200', '200', '400']);
  });
});
