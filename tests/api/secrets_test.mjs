// Goal: no secret is ever told: not in a log, an error, an answer, a metric, or `--print-config`,
// however it is used, misused or mistyped.
// Method: every secret is one that stands nowhere else. With each of them everything is done that
// can be done, rightly and wrongly; everything that comes out is kept, and searched for them in the
// end.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { expectIssued, expectJson } from './support/expect.mjs';
import { SecretIdentity } from './support/identity.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { inTime } from './support/poll.mjs';
import { sharedPostgres } from './support/postgres.mjs';
import { routes, pathOf } from './support/routes.mjs';
import { Shop } from './support/shop.mjs';
import { ProviderKey } from './support/token.mjs';
import { Connection, requestText } from './support/wire.mjs';
import { Witness } from './support/witness.mjs';

const fileWith = (name, text) => {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

// Port 1 is nobody's (tcpmux): connections are refused at once.
const NOWHERE = '127.0.0.1:1';

/** A store's URL with the password, as people write it and as they mistype it. */
const URLS = {
  'as it should be': (password) => `postgresql://dibs:${password}@${NOWHERE}/dibs`,
  'by its other scheme': (password) => `postgres://dibs:${password}@${NOWHERE}/dibs`,
  'as a parameter': (password) => `postgresql://dibs@${NOWHERE}/dibs?password=${password}`,
  'as a parameter among others': (password) =>
    `postgresql://dibs@${NOWHERE}/dibs?sslmode=disable&password=${password}&connect_timeout=1`,
  'of the key': (password) => `postgresql://dibs@${NOWHERE}/dibs?sslpassword=${password}`,
  'with an @ that isn\'t escaped': (password) => `postgresql://dibs:a@${password}@${NOWHERE}/dibs`,
  'with a / that isn\'t escaped': (password) => `postgresql://dibs:a/${password}@${NOWHERE}/dibs`,
  'with a ? that isn\'t escaped': (password) => `postgresql://dibs:a?${password}@${NOWHERE}/dibs`,
  'with a # that isn\'t escaped': (password) => `postgresql://dibs:a#${password}@${NOWHERE}/dibs`,
  'with a colon': (password) => `postgresql://dibs:a:${password}@${NOWHERE}/dibs`,
  'with a broken escape': (password) => `postgresql://dibs:${password}%zz@${NOWHERE}/dibs`,
  'with an escaped zero': (password) => `postgresql://dibs:${password}%00@${NOWHERE}/dibs`,
  'with a space': (password) => `postgresql://dibs:a ${password}@${NOWHERE}/dibs`,
  'at a port that is none': (password) => `postgresql://dibs:${password}@127.0.0.1:x/dibs`,
  'at several hosts': (password) => `postgresql://dibs:${password}@${NOWHERE},127.0.0.1:1,127.0.0.1/dibs`,
  'at a host that isn\'t there': (password) => `postgresql://dibs:${password}@nowhere.invalid/dibs`,
  'with a parameter that nobody knows': (password) =>
    `postgresql://dibs:${password}@${NOWHERE}/dibs?no_such=1`,
  'by a scheme that nobody knows': (password) => `mysql://dibs:${password}@${NOWHERE}/dibs`,
  'by a scheme in capitals': (password) => `POSTGRESQL://dibs:${password}@${NOWHERE}/dibs`,
  'with one slash': (password) => `postgresql:/dibs:${password}@${NOWHERE}/dibs`,
  'without a colon behind the scheme': (password) => `postgresql//dibs:${password}@${NOWHERE}/dibs`,
  'without a scheme': (password) => `dibs:${password}@${NOWHERE}/dibs`,
  'as libpq\'s words': (password) => `host=127.0.0.1 port=1 user=dibs password=${password}`,
  'as libpq\'s words, in quotes': (password) => `host=127.0.0.1 password = 'a b ${password}' port=1`,
};

/** Everything that takes a store. */
const COMMANDS = [
  ['serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'],
  ['serve', '--print-config'],
  ['migrate'], ['compact'], ['verify'], ['verify', '--json'],
];

/** The ways of giving a setting: `(command, URL) → [words, options]`. */
const WAYS = [
  (command, url) => [[...command, '--store', url]],
  (command, url) => [command, { environment: { DIBS_STORE: url } }],
  (command, url) => [[...command, '--config',
    fileWith('dibs.toml', `store = ${JSON.stringify(url)}\n`)]],
];

// Where a URL doesn't belong, all forms of it are masked by the same function: a few will do.
const MISPLACED = ['as it should be', 'as a parameter', 'without a scheme', 'as libpq\'s words'];

describe('the password in a store\'s URL', () => {
  Object.entries(URLS).forEach(([how, spell], number) => {
    test(`${how}: is told by nobody`, async () => {
      const witness = new Witness();
      // Each command by one way, another one for the next form.
      await Promise.all(COMMANDS.map((command, i) => witness.run(
        ...WAYS[(number + i) % WAYS.length](command, spell(witness.secret('the password'))))));
      witness.expectSilence();
    });
  });

  for (const how of MISPLACED) {
    const spell = URLS[how];
    test(`${how}: is told by nobody who was asked in the wrong way`, async () => {
      const witness = new Witness();
      const url = () => spell(witness.secret('the password'));
      const folder = temporaryFolder();
      const here = `sqlite:${folder}/dibs.db`;
      await witness.run(['migrate', '--store', here]);
      const files = [`store = "${url()}\n`, `store = ${url()}\n`, `${url()}\n`,
        `[store]\nurl = "${url()}"\n`, `stor = "${url()}"\n`, `store = ["${url()}"]\n`,
        `store = "x"\nstore = "${url()}"\n`, `"${url()}" = 1\n`];
      await Promise.all([
        ['serve', url()], ['serve', '--stor', url()], ['serve', `--stor=${url()}`],
        [`--store=${url()}`, 'serve'], ['--store', url(), 'serve'], [url()], ['coupon', url()],
        ['coupon', `--store=${url()}`, 'list'], ['serve', '--store', url(), '--store', url()],
        ['serve', '--store', url(), '--committers', url()], ['serve', '--listen', url()],
        ['serve', '--log-level', url()],
        ['serve', '--time-zone', url()], ['serve', `--print-config=${url()}`],
        ['serve', `--allow-fsync-off=${url()}`],
        ['copy', '--from', url(), '--to', here], ['copy', '--from', here, '--to', url()],
        ['demo', '--exit', '--users', '1', '--store', url()],
        ['rehearse', '--target', url()], ['rehearse', '--admin', url()],
        ['coupon', 'list', '--admin', url()], ['coupon', 'show', url()],
        ['token', '--user', 'alice', '--store', url()],
      ].map((args) => witness.run(args, { folder, isTold: args[0] === 'token' })));
      await Promise.all(files.map((text) =>
        witness.run(['serve', '--config', fileWith('dibs.toml', text)], { folder })));
      witness.expectSilence();
    });
  }

  test('that is right is told by no service that uses it, and one that is wrong neither', async () => {
    const witness = new Witness();
    const database = await (await sharedPostgres()).createDatabase();
    const { searchParams, port, username } = new URL(database.url);
    const password = readFileSync(searchParams.get('passfile'), 'utf8').split('\n')
      .map((line) => line.split(':'))
      .find(([, ofPort, , ofUser]) => ofPort === port && ofUser === username)[4];
    witness.know(password, 'the right password');
    const withPassword = (text) =>
      database.url.replace(`${username}@`, `${username}:${text}@`).replace(/passfile=[^&]*&?/, '');

    const shop = await Shop.open({ settings: { 'allow-fsync-off': true, 'log-level': 'debug',
      'jwt-secret-file': database.keyFile }, store: withPassword(password),
    identity: new SecretIdentity(database.keyFile) });
    const coupon = await shop.operator.announce();
    expectIssued(await shop.customer('alice').ask(coupon.id));
    for (const path of ['/readyz', '/metrics', '/admin/v1/coupons']) {
      witness.hearAnswer(path, await shop.operator.get(path));
    }
    await shop.operator.compact();
    witness.hear('verify', JSON.stringify(await shop.expectTrueBooks()));
    await shop.stop();
    witness.hearShop(shop);

    const wrong = withPassword(witness.secret('a wrong password'));
    for (const command of COMMANDS) await witness.run([...command, '--store', wrong]);
    const elsewhere = withPassword(password).replace(/\/[a-z0-9_]+\?/, '/no_such_database?');
    for (const command of COMMANDS) await witness.run([...command, '--store', elsewhere]);
    witness.expectSilence();
  });
});

describe('what tokens are signed with', () => {
  test('a secret of ours', async () => {
    const witness = new Witness();
    const secret = witness.secret('the secret that signs');
    const short = secret.slice(0, 20);
    witness.know(short, 'a secret that is too short');
    const good = fileWith('secret', `${secret}\n`);
    const serve = ['serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0',
      '--store', `sqlite:${temporaryFolder()}/dibs.db`];
    for (const args of [
      ['serve', '--print-config', '--jwt-secret-file', good],
      [...serve, '--jwt-secret-file', fileWith('short', short)],
      [...serve, '--jwks-file', good], [...serve, '--config', good],
      [...serve, '--jwt-secret-file', good, '--jwks-file', good],
      [...serve, `--jwt-secret=${secret}`], [...serve, '--jwt-secret', secret],
      [`--jwt-secret=${secret}`, 'serve'],
    ]) {
      assert.equal((await witness.run(args)).code, args.includes('--print-config') ? 0 : 2);
    }
    const environment = { DIBS_JWT_SECRET: secret, DIBS_SECRET: secret };
    await witness.run(['serve', '--print-config'], { environment });
    witness.expectSilence();
  });

  test('a key of ours that was put where public ones belong', async () => {
    const witness = new Witness();
    const secret = witness.secret('a symmetric key');
    const published = new ProviderKey('ES256', 'a').published;
    const sets = [
      { keys: [{ kty: 'oct', kid: 'a', k: secret }] },
      { keys: [{ ...published, d: secret }] },
      { keys: [{ ...published, x: secret }] },
      { keys: [published, { kty: 'oct', kid: 'b', k: secret }] },
      { keys: { k: secret } }, { k: secret }, [secret], secret,
    ].map((set) => JSON.stringify(set));
    sets.push(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
      `{"keys":[{"k":"${secret}`, `{"keys":[],"keys":"${secret}"}`);
    const serve = ['serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
    await Promise.all(sets.map(async (text) => {
      // A store that nobody can open: whatever becomes of the keys, it ends.
      const store = `sqlite:${temporaryFolder()}/no/such/folder/dibs.db`;
      await witness.run([...serve, '--store', store, '--jwks-file', fileWith('keys.json', text)]);
    }));
    witness.expectSilence();
  });

  test('the key that the service made, and the tokens of it', async () => {
    const witness = new Witness();
    const shop = await Shop.open({ settings: { 'log-level': 'debug' } });
    const { secret } = shop.identity;
    witness.know(secret.toString(), 'the key that was made');
    const coupon = await shop.operator.announce();
    const { id } = expectIssued(await shop.customer('alice').ask(coupon.id));
    const { run } = await shop.operator.compact();
    const values = { couponId: coupon.id, id, sequence: 1, run, code: 'not-found' };
    const tokens = {
      good: shop.identity.token('alice', { jti: randomBytes(9).toString('hex') }),
      "an operator's": shop.identity.token('root', { scope: 'coupons:admin' }),
      expired: shop.identity.token('alice', { exp: 1 }),
      'another key\'s': new ProviderKey('ES256', 'x').sign({ sub: 'alice', exp: 4e9 }),
    };
    for (const [name, token] of Object.entries(tokens)) {
      const [, payload, signature] = token.split('.');
      witness.know(signature.slice(0, 24), `the signature of a token, ${name}`);
      witness.know(payload.slice(0, 24), `the claims of a token, ${name}`);
      await useEverywhere(witness, shop, token, values);
    }
    await shop.restart();
    expectJson(await shop.customer('alice').holdings());
    await shop.stop();
    witness.hearShop(shop);
    witness.expectSilence();
  });
});

/** Where a token belongs, and where else it may come by. */
async function useEverywhere(witness, shop, token, values) {
  const ways = (path) => [
    [path, { Authorization: `Bearer ${token}` }],
    [path, { Authorization: token }],
    [path, { Authorization: `Basic ${token}` }],
    [path, { Authorization: `Bearer ${token} ${token}` }],
    [path, { Cookie: `token=${token}`, 'X-User-Id': token, 'X-Auth-Token': token }],
    [path, { 'Idempotency-Key': `"${token}"`, Authorization: `Bearer ${token}` }],
    [path, { 'Idempotency-Key': token.slice(0, 60), Authorization: `Bearer ${token}` }],
    [path, { traceparent: token, tracestate: `t=${token}`, Authorization: `Bearer ${token}` }],
    [`${path}?access_token=${token}&cursor=${token}&limit=${token}&at=${token}&from=${token}`,
      { Authorization: `Bearer ${token}` }],
    [`${path}/${token}`, {}],
  ];
  for (const route of routes) {
    const client = route.listener === 'public' ? shop.publicClient : shop.adminClient;
    const paths = [pathOf(route, values),
      pathOf(route, Object.fromEntries(Object.keys(values).map((name) => [name, token])))];
    for (const [path, headers] of paths.flatMap(ways)) {
      // What is answered with success may tell what was kept of the request: not these.
      const body = route.method === 'GET' ? undefined : JSON.stringify({ token, [token]: 1 });
      const answer = await client.request(route.method, path, { headers, body });
      witness.hearAnswer(`${route.method} ${route.pattern}`, answer);
    }
  }
  const good = requestText('GET', '/', { headers: { Authorization: `Bearer ${token}` } });
  for (const broken of [good.replace('HTTP/1.1', token), good.replace('Host', `${token} Host`),
    good.replace('Host: dibs', `Host: ${token}@dibs`), `${token} ${good}`, good.replace(': ', ' : ')]) {
    const connection = await Connection.open(shop.url);
    connection.send(broken);
    await inTime('it is refused', connection.closed);
    witness.hear('a malformed request', connection.received);
  }
  for (const [args, environment] of [
    [['coupon', 'list', '--token', token]], [['coupon', 'list'], { DIBS_TOKEN: token }],
    [['coupon', 'list', '--token', `${token}\r\nX: y`]], [['coupon', 'list', `--tokne=${token}`]],
    [['coupon', `--token=${token}`, 'list']], [[`--token=${token}`, 'coupon', 'list']],
    [['coupon', 'show', '999', '--token', token]],
    [['coupon', 'list', '--token-file', fileWith('token', `${token}\n`)]],
    [['coupon', 'list', '--config', fileWith('token', `${token}\n`)]],
  ]) {
    await witness.run([...args, ...(args[0] === 'coupon' ? ['--admin', shop.adminUrl] : [])],
      { environment });
  }
}
