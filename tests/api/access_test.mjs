// Goal: on every route, whoever can't prove who they are is refused, whoever isn't an operator gets
// nothing of the operators', nobody gets anything of somebody else's, and neither listener has
// anything of the other; with each kind of identity.
// Method: the routes as docs/reference/openapi.yaml has them, which scripts/check_docs.py holds
// against the table in src/, so that a new one is tried here by itself; times every credential that
// is wrong in one way. identity_test.mjs has the same for the secret that the service makes by
// itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectIssued, expectProblem, expectStatus } from './support/expect.mjs';
import {
  AUDIENCE, ISSUER, bearer, forger, withKeySet, wrongTokens,
} from './support/forgeries.mjs';
import { ProviderIdentity, gatewayIdentity } from './support/identity.mjs';
import { eventually } from './support/poll.mjs';
import { pathOf, routes } from './support/routes.mjs';
import { Shop } from './support/shop.mjs';
import { ADMIN_SCOPE, FAR_AHEAD, ProviderKey } from './support/token.mjs';
import { Connection, requestText } from './support/wire.mjs';

const clientOf = (shop, { listener }) =>
  (listener === 'public' ? shop.publicClient : shop.adminClient);

/** GET is asked by HEAD too: what is refused to the one is refused to the other. */
const methodsOf = ({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]);

/** Something of every kind there is, for the names in paths; it is alice's, where it is somebody's. */
async function fillShop(shop) {
  const coupon = await shop.operator.announce({ limitPerUser: 1000, stock: 1000 });
  const { id } = expectIssued(await shop.customer('alice').ask(coupon.id));
  const { run } = await shop.operator.compact('2020-01-01T00:00:00Z');
  return { couponId: coupon.id, id, sequence: 1, run, code: 'not-found' };
}

/** What there is, so that one can see that nothing has changed. */
async function inventoryOf(shop, { couponId }) {
  // One who was let in may have started a run.
  await eventually('every run has ended', async () =>
    (await shop.operator.runs()).every(({ state }) => state === 'finished'));
  const all = await Promise.all([shop.operator.get('/admin/v1/coupons?limit=1000'),
    shop.operator.get(`/admin/v1/coupons/${couponId}/history?limit=1000`),
    shop.operator.get('/admin/v1/compactions?limit=1000')]);
  return all.map(({ text }) => text).join('\n');
}

/** All routes, each with each of the credentials, are answered `status`, and nothing has changed. */
async function expectRefused(shop, values, route, credentials, status, code) {
  const before = await inventoryOf(shop, values);
  for (const [what, headers] of Object.entries(credentials)) {
    for (const method of methodsOf(route)) {
      const answer = await clientOf(shop, route).request(method, pathOf(route, values), { headers });
      assert.equal(answer.status, status, `${method}, ${what}: ${answer.status} ${answer.text}`);
      if (method !== 'HEAD') expectProblem(answer, status, code);
    }
  }
  assert.equal(await inventoryOf(shop, values), before, 'nothing has changed');
}

/** What isn't wrong about the credentials may not be what kept them out. */
async function expectLetIn(shop, values, route, headers) {
  for (const method of methodsOf(route)) {
    const { status, text } = await clientOf(shop, route).request(method, pathOf(route, values),
      { headers });
    assert.ok(![401, 403, 404, 405, 500, 501, 503].includes(status), `${method}: ${status} ${text}`);
  }
}

const notOperators = {
  'no scope': undefined,
  'an empty scope': '',
  'a scope that is nearly it': `${ADMIN_SCOPE}:read`,
  'a scope in capitals': ADMIN_SCOPE.toUpperCase(),
  'scopes with commas': `openid,${ADMIN_SCOPE}`,
  'a part of it': 'coupons',
};

for (const algorithm of ['RS256', 'ES256', 'EdDSA']) {
  describe(`with a provider's key for ${algorithm}`, () => {
    const set = withKeySet(algorithm);
    const sign = forger(set);
    const identity = new ProviderIdentity({
      sign: (claims) => set.key.sign({ ...set.right, ...claims }),
    });
    let shop;
    let values;
    before(async () => {
      shop = await Shop.open({
        settings: { 'jwks-file': set.file, 'jwt-issuer': ISSUER, 'jwt-audience': AUDIENCE },
        identity,
      });
      values = await fillShop(shop);
    });
    after(() => shop.close());

    for (const route of routes.filter(({ who }) => who !== 'anybody')) {
      test(`${route.method} ${route.pattern}: wrong tokens are refused, a right one isn't`, async () => {
        await expectRefused(shop, values, route, wrongTokens(set), 401, 'unauthenticated');
        if (route.who === 'operator') {
          const scopes = Object.entries(notOperators);
          const tokens = Object.fromEntries(scopes.map(([what, scope]) => [what, sign({ scope })]));
          await expectRefused(shop, values, route, tokens, 403, 'forbidden');
        }
        await expectLetIn(shop, values, route, sign({ sub: 'alice', aud: ['other', AUDIENCE] }));
      });
    }
    expectOwnOnly(() => ({ shop, values }));
    expectListenersApart(() => ({ shop, values }));
  });
}

describe('behind a gateway', () => {
  let shop;
  let values;
  before(async () => {
    shop = await Shop.open({ settings: { auth: 'trusted-header' }, identity: gatewayIdentity });
    values = await fillShop(shop);
  });
  after(() => shop.close());

  const user = (name, scopes) => ({ 'X-User-Id': name, ...(scopes === undefined ? {}
    : { 'X-User-Scopes': scopes }) });
  const wrong = {
    none: {},
    'an empty user': user('', ADMIN_SCOPE),
    'scopes without a user': { 'X-User-Scopes': ADMIN_SCOPE },
    'a user of 129 bytes': user('x'.repeat(129), ADMIN_SCOPE),
    'a user beyond ASCII': user('zo\xeb', ADMIN_SCOPE),
    'a user with a tab': user('a\tb', ADMIN_SCOPE),
    'a field that is nearly called so': { X_User_Id: 'root', 'X-Userid': 'root', 'User-Id': 'root' },
    'a token': bearer(new ProviderKey('EdDSA', 'x').sign({ sub: 'root', exp: FAR_AHEAD })),
  };

  for (const route of routes.filter(({ who }) => who !== 'anybody')) {
    test(`${route.method} ${route.pattern}: nobody is refused, somebody isn't`, async () => {
      await expectRefused(shop, values, route, wrong, 401, 'unauthenticated');
      if (route.who === 'operator') {
        const all = Object.entries(notOperators);
        const users = Object.fromEntries(all.map(([what, scopes]) => [what, user('mallory', scopes)]));
        await expectRefused(shop, values, route, users, 403, 'forbidden');
      }
      await expectLetIn(shop, values, route, user('alice', `x ${ADMIN_SCOPE} y`));
    });

    test(`${route.method} ${route.pattern}: two users at once are nobody`, async () => {
      const url = route.listener === 'public' ? shop.url : shop.adminUrl;
      for (const twice of [{ 'X-User-Id': 'alice', 'x-user-id': 'alice' },
        { 'X-User-Id': 'alice', 'x-user-id': 'root', 'X-User-Scopes': ADMIN_SCOPE },
        { 'X-User-Id': 'alice', 'X-User-Scopes': 'x', 'x-user-scopes': ADMIN_SCOPE }]) {
        const connection = await Connection.open(url);
        const text = requestText(route.method, pathOf(route, values), { headers: twice });
        expectProblem(await connection.ask(text), 401, 'unauthenticated');
        connection.close();
      }
    });
  }
  expectOwnOnly(() => ({ shop, values }));
  expectListenersApart(() => ({ shop, values }));
});

/** What is alice's is nobody else's, an operator's neither. */
function expectOwnOnly(given) {
  test('what a user holds is there for nobody else', async () => {
    const { shop, values } = given();
    const own = routes.filter(({ who, pattern }) => who === 'user' && pattern.includes('{id}'));
    assert.ok(own.length > 0, 'there are routes to what one holds');
    for (const route of own) {
      const path = pathOf(route, values);
      const others = ['bob', 'Alice', 'alice2', 'alic'].map((name) => shop.identity.fieldsOf(name));
      for (const headers of [...others, shop.identity.fieldsOf('root', { isOperator: true })]) {
        expectProblem(await shop.publicClient.request(route.method, path, { headers }), 404,
          'registration-not-found');
      }
      expectStatus(await shop.publicClient.request(route.method, path,
        { headers: shop.identity.fieldsOf('alice') }), 200);
    }
    assert.deepEqual(await shop.customer('bob').allHoldings(), [], 'nor in a listing');
  });
}

/** Paths and fields by which proxies and frameworks have been led to another place. */
function detoursTo(path) {
  return [
    [path, {}],
    [path, { Host: '127.0.0.1:8081' }],
    [path, { 'X-Forwarded-Host': '127.0.0.1:8081', 'X-Forwarded-Port': '8081' }],
    [path, { 'X-Forwarded-For': '127.0.0.1', Forwarded: 'for=127.0.0.1;host="127.0.0.1:8081"' }],
    ['/', { 'X-Original-URL': path, 'X-Rewrite-URL': path }],
    [`/api/v1/..%2f..${path}`, {}],
    [`/api/v1/../..${path}`, {}],
    [`/${path}`, {}],
    [`/.${path}`, {}],
    [`${path}/`, {}],
    [path.replace(/^\/(\w)/, (_, first) => `/%${first.charCodeAt(0).toString(16)}`), {}],
    [path.replace('/', '/;/'), {}],
    [path.toUpperCase(), {}],
    [`http://127.0.0.1:8081${path}`, {}],
    [`${path}%00`, {}],
    [`${path}?x=y`, {}],
  ];
}

/** Nothing of the one listener is on the other, whoever asks and by whichever way. */
function expectListenersApart(given) {
  test('neither listener has anything of the other', async () => {
    const { shop, values } = given();
    const listenersOf = (pattern) => new Set(routes
      .filter((one) => one.pattern === pattern).map(({ listener }) => listener));
    const apart = routes.filter(({ pattern }) => listenersOf(pattern).size === 1);
    const before = await inventoryOf(shop, values);
    for (const route of apart) {
      const other = route.listener === 'public' ? shop.adminUrl : shop.url;
      const connection = await Connection.open(other);
      const credentials = [{}, shop.identity.fieldsOf('alice'),
        shop.identity.fieldsOf('root', { isOperator: true })];
      for (const [target, more] of detoursTo(pathOf(route, values))) {
        for (const headers of credentials) {
          // The root of the public listener is there for everybody; it says nothing of others.
          if (target === '/' && other === shop.url) continue;
          const text = requestText(route.method, target, { headers: { ...headers, ...more } });
          const answer = await connection.ask(text);
          assert.equal(answer.status, 404, `${route.method} ${target}: ${answer.text}`);
        }
      }
      connection.close();
    }
    assert.equal(await inventoryOf(shop, values), before, 'nothing has changed');
  });
}
