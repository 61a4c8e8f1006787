// Goal: each listener has the routes that the reference has, with their methods and nothing else,
// and whatever goes wrong is told as a problem (RFC 9457) whose type leads to what it means.
// Method: the table of routes, asked with every method on both listeners, and held against docs/.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { projectFolder } from './support/binary.mjs';
import { expectIssued, expectProblem, expectStatus } from './support/expect.mjs';
import { inTime } from './support/poll.mjs';
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
