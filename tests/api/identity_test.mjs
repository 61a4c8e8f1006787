// Goal: whoever can't prove who they are gets nowhere, on any route and with any kind of forgery;
// whoever can gets exactly where they may.
// Method: a matrix of all routes and all credentials. Tokens are made here, with node's own crypto.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { SettableClock } from './support/clock.mjs';
import { expectIssued, expectJson, expectProblem, expectStatus } from './support/expect.mjs';
import { eventually } from './support/poll.mjs';
import { pathOf, routes } from './support/routes.mjs';
import { Shop } from './support/shop.mjs';
import {
  ADMIN_SCOPE, FAR_AHEAD, makeToken, modeOf, readSecret, signWithSecret,
} from './support/token.mjs';
import { Connection, requestText } from './support/wire.mjs';

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

/** Every way in which credentials can be wrong, by name: the fields of a request. */
function wrongCredentials(secret) {
  const claims = { sub: 'mallory', exp: FAR_AHEAD, scope: ADMIN_SCOPE };
  const bearer = (token) => ({ Authorization: `Bearer ${token}` });
  const signed = (changes, header) => bearer(signWithSecret(secret, { ...claims, ...changes },
    header));
  const right = signWithSecret(secret, claims);
  const [header, payload, signature] = right.split('.');
  const others = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
  return {
    none: {},
    'an empty field': { Authorization: '' },
    'a scheme without a token': { Authorization: 'Bearer' },
    garbage: bearer('garbage'),
    'three words of garbage': bearer('a.b.c'),
    'another scheme': { Authorization: `Basic ${Buffer.from('root:root').toString('base64')}` },
    'the token without its scheme': { Authorization: right },
    'a header that gateways set': { 'X-User-Id': 'root', 'X-User-Scopes': ADMIN_SCOPE },
    expired: signed({ exp: inSeconds(-60) }),
    'no expiry': signed({ exp: undefined }),
    'an expiry that is a text': signed({ exp: String(FAR_AHEAD) }),
    'not valid yet': signed({ nbf: inSeconds(3600) }),
    'issued in the future': signed({ iat: inSeconds(3600) }),
    'no algorithm': bearer(makeToken({ alg: 'none' }, claims, () => Buffer.alloc(0))),
    'no algorithm, but a signature': signed({}, { alg: 'none' }),
    'another algorithm\'s name': signed({}, { alg: 'HS512' }),
    'an algorithm in lower case': signed({}, { alg: 'hs256' }),
    'no header to speak of': signed({}, {}),
    'an extension that is critical': signed({}, { alg: 'HS256', crit: ['x'], x: 1 }),
    'another secret': bearer(signWithSecret('x'.repeat(32), claims)),
    'an empty secret': bearer(signWithSecret('', claims)),
    'a signature cut short': bearer(right.slice(0, -2)),
    'no signature': bearer(`${header}.${payload}.`),
    'claims of one and the signature of another': bearer(`${header}.${others}.${signature}`),
    'a fourth part': bearer(`${right}.${signature}`),
    'no user': signed({ sub: undefined }),
    'a user who is no text': signed({ sub: 7 }),
    'a user who is no name': signed({ sub: ' root' }),
    'a token of 10,000 bytes': signed({ jti: 'x'.repeat(10_000) }),
  };
}

describe('with the secret that the service made', () => {
  let shop;
  let values;
  before(async () => {
    shop = await Shop.open();
    const coupon = await shop.operator.announce();
    const { id } = expectIssued(await shop.customer('alice').ask(coupon.id));
    const { run } = await shop.operator.compact('2020-01-01T00:00:00Z');
    values = { couponId: coupon.id, id, sequence: 1, run, code: 'not-found' };
  });
  after(() => shop.close());

  const request = (route, headers) => {
    const client = route.listener === 'public' ? shop.publicClient : shop.adminClient;
    return client.request(route.method, pathOf(route, values), { headers });
  };

  /** All that the wrong ones could have changed. */
  const books = async () => {
    // A right one may have started a run.
    const runs = await eventually('every run has ended', async () => {
      const all = await shop.operator.runs();
      return all.every(({ state }) => state === 'finished') && all;
    });
    const coupons = expectJson(await shop.operator.get('/admin/v1/coupons'));
    return JSON.stringify([runs, coupons, await shop.operator.registrations(values.couponId)]);
  };

  for (const route of routes.filter(({ who }) => who !== 'anybody')) {
    test(`${route.method} ${route.pattern} wants to know who asks`, async () => {
      const before = await books();
      for (const [what, headers] of Object.entries(wrongCredentials(shop.identity.secret))) {
        const answer = await request(route, headers);
        assert.equal(answer.status, 401, `${what}: ${answer.text}`);
        expectProblem(answer, 401, 'unauthenticated');
        assert.match(answer.fields['www-authenticate'], /^Bearer realm="[^"]+"/, what);
        assert.ok(!answer.text.includes('eyJ'), 'no token comes back');
        assert.ok(!JSON.stringify(answer.fields).includes('eyJ'), 'no token comes back');
      }
      assert.equal(await books(), before, 'nothing has changed');
    });
  }

  for (const route of routes.filter(({ who }) => who === 'operator')) {
    test(`${route.method} ${route.pattern} is for operators only`, async () => {
      const before = await books();
      for (const scope of [undefined, '', 'coupons', 'coupons:administrator', 'xcoupons:admin',
        'coupons:admin,x', 'COUPONS:ADMIN', 'coupons:admin:read']) {
        const token = shop.identity.token('alice', { scope });
        const answer = await request(route, { Authorization: `Bearer ${token}` });
        expectProblem(answer, 403, 'forbidden');
        assert.match(answer.fields['www-authenticate'],
          /^Bearer .*error="insufficient_scope".*scope="coupons:admin"/);
      }
      assert.equal(await books(), before, 'nothing has changed');
      const token = shop.identity.token('alice', { scope: `openid ${ADMIN_SCOPE} email` });
      const { status } = await request(route, { Authorization: `Bearer ${token}` });
      assert.ok(![401, 403, 404, 405].includes(status), `an operator gets in: ${status}`);
    });
  }

  for (const route of routes.filter(({ who }) => who === 'anybody')) {
    test(`${route.method} ${route.pattern} (${route.listener}) asks nobody who it is`, async () => {
      for (const headers of Object.values(wrongCredentials(shop.identity.secret))) {
        expectStatus(await request(route, headers), 200);
      }
    });
  }

  test('the scheme may be in any case, and iat and nbf may lie a moment ahead', async () => {
    const coupon = await shop.operator.announce({ limitPerUser: 10 });
    const ask = (headers) => shop.publicClient.post(`/api/v1/coupons/${coupon.id}/me`, { headers });
    const token = shop.identity.token('bob', { iat: inSeconds(2), nbf: inSeconds(2) });
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      expectIssued(await ask({ Authorization: `${scheme} ${token}` }));
    }
    const rich = shop.identity.token('bob', { iss: 'anybody', aud: ['a', 'b'], jti: '1', x: [1] });
    expectIssued(await ask({ Authorization: `Bearer ${rich}` }));
  });

  test('credentials that come twice prove nobody', async () => {
    const { Authorization } = shop.customer('alice').fields;
    const connection = await Connection.open(shop.url);
    const text = requestText('GET', '/api/v1/coupons/me', {
      headers: { Authorization, authorization: Authorization },
    });
    expectProblem(await connection.ask(text), 401, 'unauthenticated');
    connection.close();
  });

  test('what does not exist is not told to strangers', async () => {
    for (const path of ['/admin/v1/coupons/999999', '/admin/v1/compactions/999999']) {
      expectProblem(await shop.adminClient.get(path), 401, 'unauthenticated');
    }
    const answer = await shop.publicClient.post('/api/v1/coupons/999999/me');
    expectProblem(answer, 401, 'unauthenticated');
  });

  test('the secret lies beside the database, for its owner only, and stays the same', async () => {
    const file = `${shop.store}.key`;
    assert.equal(modeOf(file), 0o600);
    assert.ok(readSecret(file).length >= 32);
    const bytes = readFileSync(file);
    await shop.restart();
    assert.deepEqual(readFileSync(file), bytes);
    expectJson(await shop.customer('alice').holdings());
  });

  test('no credentials and no secret are ever logged', async () => {
    const coupon = await shop.operator.announce();
    for (const headers of Object.values(wrongCredentials(shop.identity.secret))) {
      await shop.publicClient.post(`/api/v1/coupons/${coupon.id}/me`, { headers });
    }
    await shop.restart({ settings: { 'log-level': 'debug' } });
    expectIssued(await shop.customer('alice').ask(coupon.id));
    const all = [...shop.earlierLines, ...shop.service.lines].join('\n')
      + shop.service.standardError;
    for (const secret of ['eyJ', shop.identity.secret.toString(), 'Bearer', 'mallory', 'alice']) {
      assert.ok(!all.includes(secret), `${secret} is in the log`);
    }
  });
});

describe('with an issuer and an audience to insist on', () => {
  let shop;
  before(async () => {
    shop = await Shop.open({
      settings: { 'jwt-issuer': 'https://id.example', 'jwt-audience': 'dibs' },
    });
  });
  after(() => shop.close());

  const holdings = (claims) => shop.publicClient.get('/api/v1/coupons/me', {
    headers: { Authorization: `Bearer ${shop.identity.token('alice', claims)}` },
  });

  test('tokens of that issuer for that audience are taken', async () => {
    for (const aud of ['dibs', ['dibs'], ['other', 'dibs']]) {
      expectJson(await holdings({ iss: 'https://id.example', aud }));
    }
  });

  test('no others are', async () => {
    for (const claims of [
      {}, { iss: 'https://id.example' }, { aud: 'dibs' },
      { iss: 'https://id.example/', aud: 'dibs' }, { iss: 'https://evil.example', aud: 'dibs' },
      { iss: 'https://id.example', aud: 'other' }, { iss: 'https://id.example', aud: [] },
      { iss: 'https://id.example', aud: ['dibs', 7] }, { iss: ['https://id.example'], aud: 'dibs' },
      { iss: 'https://id.example', aud: 'dibs ' }, { iss: 'https://id.example', aud: 'DIBS' },
    ]) {
      expectProblem(await holdings(claims), 401, 'unauthenticated');
    }
  });
});

describe('while time goes on', () => {
  test('a token is good from nbf to just before exp, seen before or not', async () => {
    const clock = new SettableClock('2026-11-27T12:00:00Z');
    const shop = await Shop.open({ environment: clock.environment });
    const noon = Date.parse('2026-11-27T12:00:00Z') / 1000;
    const token = shop.identity.token('alice', { nbf: noon + 60, exp: noon + 120 });
    const holdings = () => shop.publicClient.get('/api/v1/coupons/me', {
      headers: { Authorization: `Bearer ${token}` },
    });
    for (const [time, status] of [
      ['12:00:50', 401], ['12:01:00', 200], ['12:01:59', 200], ['12:02:00', 401], ['12:03:00', 401],
      ['12:01:30', 200],
    ]) {
      clock.set(`2026-11-27T${time}Z`);
      assert.equal((await holdings()).status, status, time);
    }
    await shop.close();
  });
});
