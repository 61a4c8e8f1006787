// Goal: both listeners read HTTP as its specifications say: what is malformed is answered once and
// closed, what is slow or large is bounded, and a connection serves as long as its client likes.
// Method: bytes by hand, as careless and hostile clients send them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { openConnections } from './support/crowd.mjs';
import { expectIssued, expectJson, expectProblem, expectStatus } from './support/expect.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';
import { Connection, requestText } from './support/wire.mjs';

let shop;
let announced;
before(async () => {
  shop = await Shop.open();
  announced = await shop.operator.announce();
});
after(() => shop.close());

const urlOf = (listener) => (listener === 'public' ? shop.url : shop.adminUrl);

/** Sends bytes on a connection of their own; the answer, and the connection, which stays open. */
async function sendBytes(bytes, { listener = 'public' } = {}) {
  const connection = await Connection.open(urlOf(listener));
  const answer = await inTime('an answer', connection.ask(bytes));
  return { answer, connection };
}

describe('a request that isn\'t as it should be', () => {
  const wellFormed = 'GET / HTTP/1.1\r\nHost: dibs\r\n';

  for (const [what, bytes, status, code] of [
    ['no HTTP at all', '\x16\x03\x01\x02\x00\r\n\r\n', 400, 'malformed-request'],
    ['no version', 'GET /\r\n\r\n', 400, 'malformed-request'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
    ['two Hosts', `${wellFormed}Host: other\r\n\r\n`, 400, 'malformed-request'],
    ['a field without a colon', `${wellFormed}nonsense\r\n\r\n`, 400, 'malformed-request'],
    ['a space before the colon', `${wellFormed}A : b\r\n\r\n`, 400, 'malformed-request'],
    ['a folded field', `${wellFormed}A: b\r\n c\r\n\r\n`, 400, 'malformed-request'],
    ['two Content-Lengths', `${wellFormed}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`, 400,
      'malformed-request'],
    ['a list of Content-Lengths', `${wellFormed}Content-Length: 1, 1\r\n\r\nx`, 400,
      'malformed-request'],
    ['a Content-Length that is none', `${wellFormed}Content-Length: -1\r\n\r\n`, 400,
      'malformed-request'],
    ['a Transfer-Encoding', `${wellFormed}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 501,
      'not-implemented'],
    ['both framings',
      `${wellFormed}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400,
      'malformed-request'],
    ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: dibs\r\n\r\n', 505, 'http-version-not-supported'],
    ['an expectation', `${wellFormed}Expect: the-unexpected\r\n\r\n`, 417, 'expectation-failed'],
    ['a large body', 'POST / HTTP/1.1\r\nHost: dibs\r\nContent-Length: 65537\r\n\r\n', 413,
      'payload-too-large'],
    ['a huge body', `POST / HTTP/1.1\r\nHost: dibs\r\nContent-Length: ${'9'.repeat(18)}\r\n\r\n`,
      413, 'payload-too-large'],
    ['a large header', `${wellFormed}A: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'header-too-large'],
    ['many fields', `${wellFormed}${'A: b\r\n'.repeat(4000)}\r\n`, 431, 'header-too-large'],
    ['a long address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: dibs\r\n\r\n`, 414,
      'uri-too-long'],
    ['a broken escape', 'GET /%zz HTTP/1.1\r\nHost: dibs\r\n\r\n', 400, 'malformed-request'],
    ['a null byte', 'GET /\0 HTTP/1.1\r\nHost: dibs\r\n\r\n', 400, 'malformed-request'],
    ['a bare line feed in a field', `${wellFormed}A: b\nC: d\r\n\r\n`, 400, 'malformed-request'],
  ]) {
    test(`(${what}) is a ${status}, once, and what follows is no request`, async () => {
      for (const listener of ['public', 'operators']) {
        const { answer, connection } = await sendBytes(bytes, { listener });
        expectProblem(answer, status, code);
        if (what !== 'a broken escape') {
          assert.equal(answer.fields.connection, 'close');
          connection.finishSending();
          await inTime('the connection is closed', connection.closed);
          assert.equal(connection.received.match(/^HTTP\/1\.1 \d/gm).length, 1, 'one answer');
        }
        connection.close();
      }
    });
  }

  test('is no reason not to serve the next one', async () => {
    const malformed = await shop.operator.metric('dibs_http_malformed_total');
    await Promise.all(Array.from({ length: 50 }, () => sendBytes('x\r\n\r\n')
      .then(({ connection }) => connection.close())));
    expectJson(await shop.publicClient.get('/'));
    assert.equal(await shop.operator.metric('dibs_http_malformed_total'), malformed + 50);
  });

  test('with a body of the largest size is read, and refused for what it says', async () => {
    const body = `{"name":"${'x'.repeat(65_536 - 11)}"}`;
    assert.equal(body.length, 65_536);
    const answer = await shop.adminClient.post('/admin/v1/coupons', {
      headers: shop.operator.fields, body,
    });
    expectProblem(answer, 400, 'invalid-request');
  });
});

describe('a connection', () => {
  const path = () => `/api/v1/coupons/${announced.id}`;

  test('stays open for as many requests as one likes', async () => {
    const connection = await Connection.open(shop.url);
    for (let i = 0; i < 100; i += 1) {
      const answer = expectStatus(await connection.ask(requestText('GET', path())), 200);
      assert.notEqual(answer.fields.connection, 'close');
      assert.ok(answer.fields.date);
    }
    connection.close();
  });

  test('answers pipelined requests in their order', async () => {
    const connection = await Connection.open(shop.url);
    const targets = [path(), '/nowhere', '/', '/problems/not-found', path()];
    connection.send(targets.map((target) => requestText('GET', target)).join(''));
    const answers = [];
    for (const _ of targets) answers.push(await connection.answer());
    assert.deepEqual(answers.map(({ status }) => status), [200, 404, 200, 200, 200]);
    assert.equal(answers[2].json.service, 'dibs');
    connection.close();
  });

  test('takes a request in pieces of one byte, and a target with a scheme and a host', async () => {
    const connection = await Connection.open(shop.url);
    const text = requestText('GET', `http://dibs${path()}`);
    for (const byte of text) connection.send(byte);
    expectStatus(await connection.answer(), 200);
    connection.close();
  });

  test('is closed when the client says so, or speaks HTTP/1.0', async () => {
    for (const text of [requestText('GET', '/', { headers: { Connection: 'close' } }),
      'GET / HTTP/1.0\r\n\r\n']) {
      const { answer, connection } = await sendBytes(text);
      expectStatus(answer, 200);
      assert.equal(answer.fields.connection, 'close');
      connection.finishSending();
      await inTime('the connection is closed', connection.closed);
    }
  });

  test('says that a body is welcome before it comes', async () => {
    const body = JSON.stringify({ amount: 1, reason: 'expected' });
    const text = requestText('POST', `/admin/v1/coupons/${announced.id}/inventory`, {
      headers: { ...shop.operator.fields, Expect: '100-continue' }, body,
    });
    const connection = await Connection.open(shop.adminUrl);
    connection.send(text.slice(0, -body.length));
    assert.equal((await inTime('it is welcome', connection.answer())).status, 100);
    connection.send(body);
    expectStatus(await connection.answer(), 201);
    connection.close();
  });

  test('that ends within a request issues nothing', async () => {
    const coupon = await shop.operator.announce();
    const text = requestText('POST', `/api/v1/coupons/${coupon.id}/me`, {
      headers: shop.customer('half').fields,
    });
    const connection = await Connection.open(shop.url);
    connection.send(text.slice(0, -2));
    connection.finishSending();
    await inTime('the connection is closed', connection.closed);
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 0);
  });

  test('whose client is gone before the answer leaves a coupon to be asked for', async () => {
    const coupon = await shop.operator.announce();
    const hasty = shop.customer('hasty');
    const connection = await Connection.open(shop.url);
    connection.send(requestText('POST', `/api/v1/coupons/${coupon.id}/me`, {
      headers: { ...hasty.fields, 'Idempotency-Key': '"hasty"' },
    }));
    connection.reset();
    // It was issued, or the request never came; asking again with the key comes to the same.
    expectIssued(await hasty.ask(coupon.id, { key: '"hasty"' }));
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 1);
  });
});

describe('limits', () => {
  let small;
  before(async () => {
    small = await Shop.open({
      settings: {
        'connections-max': 8, 'header-timeout-ms': 200, 'body-timeout-ms': 200,
        'idle-timeout-ms': 400, 'http-threads': 1,
      },
    });
  });
  after(() => small.close());

  test('a header or a body that takes too long is a 408', async () => {
    for (const part of ['GET / HTTP/1.1\r\nHost:',
      'POST /api/v1/coupons/1/me HTTP/1.1\r\nHost: dibs\r\nContent-Length: 5\r\n\r\n12']) {
      const connection = await Connection.open(small.url);
      const answer = await inTime('an answer', connection.ask(part));
      expectProblem(answer, 408, 'request-timeout');
      assert.equal(answer.fields.connection, 'close');
      connection.close();
    }
    assert.equal(await small.operator.metric('dibs_http_timed_out_total'), 2);
  });

  test('a connection that is idle for too long is closed without a word', async () => {
    const connection = await Connection.open(small.url);
    await inTime('the connection is closed', connection.closed);
    assert.equal(connection.received, '');
  });

  test('one connection too many is told so, and there is room again afterwards', async () => {
    await small.operator.metricBecomes('dibs_http_connections_open', 0);
    const open = await openConnections(small.url, 8);
    await small.operator.metricBecomes('dibs_http_connections_open', 8);
    const extra = await Connection.open(small.url);
    const answer = await inTime('an answer', extra.answer());
    expectProblem(answer, 503, 'overloaded');
    for (const connection of [extra, ...open]) connection.close();
    await eventually('there is room again', async () =>
      (await small.publicClient.get('/')).status === 200);
    assert.equal(await small.operator.metric('dibs_http_connections_refused_total'), 1);
  });
});
