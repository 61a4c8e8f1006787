// Goal: a service takes tokens of an identity provider whose public keys it has, of each kind of
// key, and those only; and behind a gateway it believes the gateway's headers, if told to.
// Method: key pairs and key sets made by node's crypto; forgeries that confuse algorithms and keys.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { SettableClock } from './support/clock.mjs';
import { dibs } from './support/command.mjs';
import { expectIssued, expectJson, expectProblem } from './support/expect.mjs';
import { ProviderIdentity, gatewayIdentity } from './support/identity.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { Shop } from './support/shop.mjs';
import {
  ADMIN_SCOPE, FAR_AHEAD, ProviderKey, makeToken, signWithSecret,
} from './support/token.mjs';
import { Connection, requestText } from './support/wire.mjs';

/** A file with this text. */
function fileWith(text) {
  const file = join(temporaryFolder(), 'keys.json');
  writeFileSync(file, text);
  return file;
}

const keySetFile = (keys) =>
  fileWith(JSON.stringify({ keys: keys.map(({ published }) => published) }));

describe('with a provider\'s key set', () => {
  const keys = [new ProviderKey('RS256', 'rsa'), new ProviderKey('ES256', 'ec'),
    new ProviderKey('EdDSA', 'ed')];
  const claims = { sub: 'alice', exp: FAR_AHEAD };
  let shop;
  before(async () => {
    shop = await Shop.open({
      settings: { 'jwks-file': keySetFile(keys) },
      identity: new ProviderIdentity(keys[0]),
    });
  });
  after(() => shop.close());

  const holdings = (token) => shop.publicClient.get('/api/v1/coupons/me', {
    headers: { Authorization: `Bearer ${token}` },
  });

  for (const key of keys) {
    test(`${key.algorithm} tokens are taken, from customers and operators`, async () => {
      const identity = new ProviderIdentity(key);
      const operator = identity.fieldsOf('root', { isOperator: true });
      const answer = await shop.adminClient.post('/admin/v1/coupons', {
        headers: operator,
        json: { name: key.algorithm, from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z',
          stock: 5 },
      });
      const coupon = expectJson(answer, 201);
      const path = `/api/v1/coupons/${coupon.id}/me`;
      const headers = identity.fieldsOf('carol');
      expectIssued(await shop.publicClient.post(path, { headers }), coupon);
      expectProblem(await shop.publicClient.post(path, { headers }), 409,
        'coupon-already-registered');
      expectProblem(await shop.adminClient.get('/admin/v1/coupons', { headers }), 403, 'forbidden');
    });

    test(`${key.algorithm} tokens that are wrong are not`, async () => {
      const stranger = new ProviderKey(key.algorithm, key.keyId);
      const right = key.sign(claims);
      expectJson(await holdings(right));
      const [header, , signature] = right.split('.');
      const others = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
      const named = (alg) => ({ alg, kid: key.keyId });
      const wrong = {
        'another\'s key of the same name': stranger.sign(claims),
        'a key that isn\'t known': key.sign(claims, { alg: key.algorithm, kid: 'other' }),
        'no key\'s name, where there are several': key.sign(claims, { alg: key.algorithm }),
        'a key\'s name that is no text': key.sign(claims, { alg: key.algorithm, kid: 1 }),
        'no algorithm': makeToken(named('none'), claims, () => Buffer.alloc(0)),
        'the public key as a secret': signWithSecret(key.publicText, claims, named('HS256')),
        expired: key.sign({ ...claims, exp: 1 }),
        'claims of another': `${header}.${others}.${signature}`,
        'no signature': `${right.slice(0, right.lastIndexOf('.'))}.`,
      };
      for (const { algorithm } of keys.filter((other) => other !== key)) {
        wrong[`the name of ${algorithm}`] = key.sign(claims, named(algorithm));
      }
      for (const [what, token] of Object.entries(wrong)) {
        const answer = await holdings(token);
        assert.equal(answer.status, 401, `${what}: ${answer.text}`);
      }
      expectJson(await holdings(right));
    });
  }

  test('tokens of a secret are not taken, though there is one beside the database', async () => {
    const { output } = await shop.dibs('token', '--user', 'alice', '--admin');
    expectProblem(await holdings(output.trim()), 401, 'unauthenticated');
  });

  test('a signed set of claims that was taken once is not taken past its time', async () => {
    const clock = new SettableClock('2026-11-27T12:00:00Z');
    const timed = await Shop.open({
      environment: clock.environment,
      settings: { 'jwks-file': keySetFile(keys) },
      identity: new ProviderIdentity(keys[1]),
    });
    const exp = Date.parse('2026-11-27T12:01:00Z') / 1000;
    const headers = { Authorization: `Bearer ${keys[1].sign({ sub: 'alice', exp })}` };
    const status = async () =>
      (await timed.publicClient.get('/api/v1/coupons/me', { headers })).status;
    assert.equal(await status(), 200);
    assert.equal(await status(), 200);
    clock.set('2026-11-27T12:01:00Z');
    assert.equal(await status(), 401);
    await timed.close();
  });
});

describe('with a key set of one key', () => {
  test('a token needs not name it', async () => {
    const key = new ProviderKey('ES256', 'only');
    const shop = await Shop.open({
      settings: { 'jwks-file': keySetFile([key]) }, identity: new ProviderIdentity(key),
    });
    const token = key.sign({ sub: 'alice', exp: FAR_AHEAD }, { alg: 'ES256' });
    const headers = { Authorization: `Bearer ${token}` };
    expectJson(await shop.publicClient.get('/api/v1/coupons/me', { headers }));
    await shop.close();
  });

  test('keys that can\'t be used are left out, and the log says so', async () => {
    const key = new ProviderKey('EdDSA', 'good');
    const file = fileWith(JSON.stringify({
      keys: [{ kty: 'EC', crv: 'P-384', kid: 'large', x: 'AAAA', y: 'AAAA' },
        { ...key.published, kid: 'enc', use: 'enc' }, key.published],
    }));
    const shop = await Shop.open({
      settings: { 'jwks-file': file }, identity: new ProviderIdentity(key),
    });
    expectJson(await shop.customer('alice').holdings());
    assert.equal(shop.service.logged('key-left-out').length, 2);
    await shop.close();
  });

  test('a file that is no key set, or has no key for us, is wrong usage', async () => {
    const secret = { kty: 'oct', kid: 'secret', k: 'A'.repeat(43) };
    const { published } = new ProviderKey('ES256', 'twice');
    for (const text of ['', '[]', '{}', '{"keys":[]}', '{"keys":{}}', '{"keys":[7]}', 'PEM?',
      JSON.stringify({ keys: [secret] }), JSON.stringify({ keys: [published, published] })]) {
      const { code, output, error } = await dibs(['serve', '--listen', '127.0.0.1:0',
        '--admin-listen', '127.0.0.1:0', '--store', `sqlite:${temporaryFolder()}/dibs.db`,
        '--jwks-file', fileWith(text)]);
      assert.equal(code, 2, `${text}: ${error}`);
      assert.match(error, /^dibs: [^\n]+keys\.json[^\n]*\n$/);
      assert.equal(output, '');
    }
  });
});

describe('behind a gateway', () => {
  let shop;
  before(async () => {
    shop = await Shop.open({
      settings: { auth: 'trusted-header' }, identity: gatewayIdentity,
    });
  });
  after(() => shop.close());

  const holdings = (headers) => shop.publicClient.get('/api/v1/coupons/me', { headers });

  test('the user is who X-User-Id says, and an operator if X-User-Scopes says so', async () => {
    const coupon = await shop.operator.announce();
    expectIssued(await shop.customer('alice').ask(coupon.id), coupon);
    const [registration] = await shop.operator.registrations(coupon.id);
    assert.equal(registration.userId, 'alice');
    for (const scopes of [`x ${ADMIN_SCOPE}`, `${ADMIN_SCOPE} y`]) {
      expectJson(await shop.adminClient.get('/admin/v1/coupons', {
        headers: { 'X-User-Id': 'root', 'X-User-Scopes': scopes },
      }));
    }
    for (const scopes of ['', 'coupons', 'coupons:administrator']) {
      expectProblem(await shop.adminClient.get('/admin/v1/coupons', {
        headers: { 'X-User-Id': 'root', 'X-User-Scopes': scopes },
      }), 403, 'forbidden');
    }
  });

  test('nobody is nobody, and a token proves nothing', async () => {
    const token = signWithSecret('x'.repeat(32), { sub: 'alice', exp: FAR_AHEAD });
    for (const headers of [{}, { 'X-User-Id': '' }, { 'X-User-Id': 'x'.repeat(129) },
      { 'X-User-Id': 'zo\xeb' }, { 'X-User-Scopes': ADMIN_SCOPE },
      { Authorization: `Bearer ${token}` }]) {
      expectProblem(await holdings(headers), 401, 'unauthenticated');
    }
    expectJson(await holdings({ 'X-User-Id': 'x'.repeat(128) }));
  });

  test('two users at once are none', async () => {
    for (const headers of [{ 'X-User-Id': 'a', 'x-user-id': 'a' },
      { 'X-User-Id': 'a', 'X-User-Scopes': 'x', 'x-user-scopes': ADMIN_SCOPE }]) {
      const connection = await Connection.open(shop.url);
      const answer = await connection.ask(requestText('GET', '/api/v1/coupons/me', { headers }));
      expectProblem(answer, 401, 'unauthenticated');
      connection.close();
    }
  });

  test('the log says at the start whom the service believes', async () => {
    const [line] = shop.service.logged('headers-are-trusted');
    assert.equal(line.level, 'warning');
    assert.ok(shop.service.log.indexOf(line) <= shop.service.log.findIndex(
      ({ event }) => event === 'listening'));
  });
});
