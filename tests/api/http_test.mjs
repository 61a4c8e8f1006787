// Goal: both listeners speak HTTP as its specifications say, and whatever goes wrong is told as a
// problem (RFC 9457) whose type leads to what it means.
// Method: the table of routes, asked with every method; then bytes by hand, as careless and hostile
// clients send them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { projectFolder } from './support/binary.mjs';
import { openConnections } from './support/crowd.mjs';
import { expectIssued, expectJson, expectProblem, expectStatus } from './support/expect.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { methodsByPattern, pathOf, routes } from './support/routes.mjs';
import { Shop } from './support/shop.mjs';
import { Connection, requestText } from './support/wire.mjs';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

let shop;
let values;
before(async () => {
  shop = await Shop.open();
  const coupon = await shop.operator.announce();
  const { id } = expectIssued(await shop.customer('alice').ask(coupon.id));
  const { run } = await shop.operator.compact();
  values = { couponId: coupon.id, id, sequence: 1, run, code: 'not-found' };
});
after(() => shop.close());

const clientOf = (listener) => (listener === 'public' ? shop.publicClient : shop.adminClient);
const urlOf = (listener) => (listener === 'public' ? shop.url : shop.adminUrl);

/** Sends bytes on a connection of their own; the answer, and the connection, which stays open. */
async function sendBytes(bytes, { listener = 'public', ...options } = {}) {
  const connection = await Connection.open(urlOf(listener));
  const answer = await inTime('an answer', connection.ask(bytes, options));
  return { answer, connection };
}

describe('the table of routes', () => {
  for (const listener of ['public', 'operators']) {
    for (const [pattern, methods] of methodsByPattern(listener)) {
      const allowed = [...methods, 'OPTIONS', ...(methods.includes('GET') ? ['HEAD'] : [])];

      test(`${pattern} (${listener}) says what it allows, and refuses the rest`, async () => {
        const path = pathOf({ pattern }, values);
        const allow = (answer) => answer.fields.allow.split(', ').sort();
        const options = expectStatus(await clientOf(listener).request('OPTIONS', path), 204);
        assert.deepEqual(allow(options), allowed.sort());
        assert.equal(options.text, '');
        for (const method of METHODS.filter((name) => !allowed.includes(name))) {
          const answer = await clientOf(listener).request(method, path);
          assert.deepEqual(allow(expectStatus(answer, 405)), allowed.sort(), method);
          if (method !== 'HEAD') expectProblem(answer, 405, 'method-not-allowed');
        }
      });
    }
  }

  for (const { listener, method, pattern } of routes) {
    if (method !== 'GET') continue;
    test(`HEAD ${pattern} (${listener}) is GET without the body`, async () => {
      const path = pathOf({ pattern }, values);
      const headers = (listener === 'public' ? shop.customer('alice') : shop.operator).fields;
      const [got, head] = await Promise.all([
        clientOf(listener).get(path, { headers }),
        sendBytes(requestText('HEAD', path, { headers }), { listener, isHead: true }),
      ]);
      expectStatus(got, 200);
      assert.equal(head.answer.status, 200);
      assert.equal(head.answer.fields['content-type'], got.fields['content-type']);
      // What is counted differs from one moment to the next; everything else has one length.
      if (pattern !== '/metrics') {
        assert.equal(head.answer.fields['content-length'], got.fields['content-length']);
      }
      const next = await head.connection.ask(requestText('GET', '/problems/not-found'));
      expectStatus(next, 200);
      head.connection.close();
    });
  }

  test('has nothing of one listener on the other', async () => {
    for (const route of routes) {
      const isOnBoth = ['/problems/{code}'].includes(route.pattern);
      if (isOnBoth) continue;
      const other = route.listener === 'public' ? 'operators' : 'public';
      for (const headers of [shop.operator.fields, shop.customer('alice').fields, {}]) {
        const answer = await clientOf(other).request(route.method, pathOf(route, values),
          { headers });
        expectProblem(answer, 404, 'not-found');
      }
    }
  });

  test('has nothing that isn\'t in it', async () => {
    for (const path of ['/api', '/api/v1', '/api/v1/', '/api/v1/coupons/', '/api/v1/coupons/1/',
      '/api/v1/coupons/1/me/', '/api/v1/coupons/1/you', '//api/v1/coupons', '/API/v1/coupons',
      '/api/v1/coupons/me/1-2/x', '/api/v2/coupons', '/index.html', '/favicon.ico', '/..',
      '/api/v1/coupons/../coupons', '/problems', '/problems/', '/problems/no-such-problem',
      '/admin/v1', '/console']) {
      expectProblem(await shop.publicClient.get(path), 404, 'not-found');
    }
  });

  test('is the one that the reference describes', () => {
    const text = readFileSync(join(projectFolder, 'docs/reference/http-api.md'), 'utf8');
    const described = [];
    let listener;
    for (const line of text.split('\n')) {
      if (/^## The public listener/.test(line)) listener = 'public';
      if (/^## The operators' listener/.test(line)) listener = 'operators';
      const [, method, pattern] = /^### `([A-Z]+) (\S+)`/.exec(line) ?? [];
      if (method) described.push(`${listener} ${method} ${pattern}`);
    }
    const known = routes.map((route) => `${route.listener} ${route.method} ${route.pattern}`);
    assert.deepEqual(described.sort(), known.sort());
  });
});

describe('a problem', () => {
  test('has a type that leads to what it means', async () => {
    const seen = new Map();
    const note = (answer) => seen.set(answer.json.code, answer);
    note(await shop.customer('alice').ask(999999));
    note(await shop.publicClient.post(`/api/v1/coupons/${values.couponId}/me`));
    note(await shop.customer('alice').holding('9-9'));
    note(await shop.customer('alice').ask(values.couponId));
    note(await shop.customer('alice').holdings('?limit=0'));
    note(await shop.publicClient.get('/nowhere'));
    note(await shop.publicClient.post('/api/v1/coupons'));
    note((await sendBytes('nonsense\r\n\r\n')).answer);
    note((await sendBytes('GET / HTTP/9.9\r\nHost: x\r\n\r\n')).answer);
    note(await shop.adminClient.get('/admin/v1/coupons', {
      headers: shop.customer('alice').fields,
    }));
    assert.equal(seen.size, 10);
    for (const [code, answer] of seen) {
      const { type, title, status } = expectProblem(answer, answer.status, code);
      for (const listener of ['public', 'operators']) {
        const meaning = expectStatus(await clientOf(listener).get(type), 200);
        assert.match(meaning.fields['content-type'], /^text\/plain; charset=utf-8/);
        assert.ok(meaning.text.includes(code), meaning.text);
        assert.ok(meaning.text.includes(String(status)), meaning.text);
        assert.ok(meaning.text.includes(title), `"${title}" stands in: ${meaning.text}`);
      }
    }
  });

  test('is documented, each with its status', async () => {
    const text = readFileSync(join(projectFolder, 'docs/reference/problems.md'), 'utf8');
    const rows = [...text.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)];
    assert.ok(rows.length > 20);
    for (const [, status, code] of rows) {
      const meaning = expectStatus(await shop.publicClient.get(`/problems/${code}`), 200);
      assert.ok(meaning.text.startsWith(`${code} (${status})\n`), meaning.text);
    }
  });
});

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
      `${wellFormed}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 501,
      'not-implemented'],
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
  const path = () => `/api/v1/coupons/${values.couponId}`;

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
    const text = requestText('POST', `/admin/v1/coupons/${values.couponId}/inventory`, {
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
