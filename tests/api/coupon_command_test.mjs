// Goal: from a terminal operators announce coupons, look at them and restock them, over the
// operators' API of a running service.
// Method: each action, for people and with --json for machines, beside what the API itself says.

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { dibs } from './support/command.mjs';
import { expectIssued } from './support/expect.mjs';
import { gatewayIdentity } from './support/identity.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { Shop } from './support/shop.mjs';

describe('dibs coupon', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const coupon = (action, ...args) =>
    shop.dibs(`coupon ${action}`, '--admin', shop.adminUrl, ...args);

  /** What it printed for machines: one object a line. */
  async function fetchRows(action, ...args) {
    const { code, output, error } = await coupon(action, ...args, '--json');
    assert.equal(code, 0, error);
    assert.equal(error, '');
    return output.trimEnd().split('\n').map((line) => JSON.parse(line));
  }

  async function fetchLine(action, ...args) {
    const { code, output, error } = await coupon(action, ...args);
    assert.equal(code, 0, error);
    return output.trimEnd();
  }

  test('create announces one', async () => {
    const [created] = await fetchRows('create', '--name', 'Lunch', '--stock', '5',
      '--from', '2026-11-27T12:00:00+09:00', '--to', '2026-11-27T13:00:00+09:00',
      '--limit-per-user', '2', '--description', 'From noon');
    assert.deepEqual([created.name, created.stock, created.from, created.to, created.limitPerUser,
      created.description], ['Lunch', 5, '2026-11-27T03:00:00.000000Z',
      '2026-11-27T04:00:00.000000Z', 2, 'From noon']);
    assert.deepEqual(await shop.operator.coupon(created.id), created);
  });

  test('create opens it now unless told otherwise, and --to may be counted from now', async () => {
    const [created] = await fetchRows('create', '--name', 'Now', '--stock', '5', '--to', '+7d');
    expectIssued(await shop.customer('alice').ask(created.id));
    assert.equal(Date.parse(created.to) - Date.parse(created.from), 7 * 24 * 3_600_000);
    const line = await fetchLine('create', '--name', 'Another', '--stock', '1', '--to', '+1h');
    assert.match(line, /^\s*\d+  \S+Z  \S+Z  stock\s+1  issued\s+0  Another$/);
  });

  test('list shows all of them, however many', async () => {
    for (let i = 0; i < 120; i += 1) await shop.operator.announce({ name: `No. ${i}` });
    const rows = await fetchRows('list');
    assert.ok(rows.length > 120);
    assert.deepEqual(rows.at(-1), await shop.operator.coupon(rows.at(-1).id));
    const lines = (await fetchLine('list')).split('\n');
    assert.equal(lines.length, rows.length);
    assert.ok(lines.at(-1).endsWith('  No. 119'));
  });

  test('show shows one', async () => {
    const announced = await shop.operator.announce({ name: 'Shown' });
    assert.deepEqual(await fetchRows('show', String(announced.id)), [announced]);
    assert.ok((await fetchLine('show', String(announced.id))).endsWith('  Shown'));
  });

  test('stock tells it, now and at a moment, and adds to it or takes off', async () => {
    const { id, createdAt } = await shop.operator.announce({ stock: 10 });
    const [now] = await fetchRows('stock', String(id));
    assert.deepEqual([now.couponId, now.stock, now.issued], [id, 10, 0]);

    const [added] =
      await fetchRows('stock', String(id), '--add', '500', '--reason', 'second batch');
    assert.deepEqual([added.kind, added.amount, added.stockAfter, added.reason],
      ['stocked', 500, 510, 'second batch']);
    const line = await fetchLine('stock', String(id), '--add=-10', '--reason', 'damaged');
    assert.match(line, /adjusted +-10 +stock +500 .*damaged/);
    assert.equal((await shop.operator.stock(id)).stock, 500);
    assert.equal((await fetchRows('stock', String(id), '--at', createdAt))[0].stock, 10);
    assert.match(await fetchLine('stock', String(id)),
      new RegExp(`^coupon ${id} at \\S+Z: stock 500, issued 0$`));
  });

  test('history shows every event, or those of a time', async () => {
    const { id } = await shop.operator.announce({ stock: 300 });
    await shop.askAtOnce(id, shop.users('historic', 250), { connections: 20 });
    const all = await shop.operator.history(id);
    assert.deepEqual(await fetchRows('history', String(id)), all);
    assert.equal((await fetchLine('history', String(id))).split('\n').length, 251);
    const from = all[100].createdAt;
    const to = all[200].createdAt;
    const some = await fetchRows('history', String(id), '--from', from, '--to', to);
    assert.deepEqual(some, all.filter(({ createdAt }) => createdAt >= from && createdAt <= to));
  });

  test('says in one line what the service refused, and ends with 1', async () => {
    const { id } = await shop.operator.announce({ stock: 1 });
    for (const [args, message] of [
      [['show', '999999'], /coupon-not-found/],
      [['stock', String(id), '--add=-2', '--reason', 'x'], /The stock is 1\..*stock-below-zero/],
      [['create', '--name', 'x'.repeat(201), '--stock', '1', '--to', '+1h'],
        /name.*invalid-request/],
    ]) {
      const { code, output, error } = await coupon(...args);
      assert.equal(code, 1);
      assert.equal(output, '');
      assert.match(error, /^dibs: [^\n]+\n$/);
      assert.match(error, message);
    }
  });

  test('says what was wrong with how it was called, and ends with 2', async () => {
    for (const [args, message] of [
      [['create', '--name', 'x', '--to', '+1h'], /--stock is missing/],
      [['create', '--name', 'x', '--stock', '1', '--to', 'soon'], /--to/],
      [['create', '--name', 'x', '--stock', '-1', '--to', '+1h'], /--stock/],
      [['create', '--name', 'x', '--stock', '1', '--from', '+2h', '--to', '+1h'], /--to.*--from/],
      [['show'], /ID is missing/], [['show', 'x'], /"x"/], [['show', '0'], /"0"/],
      [['stock', '1', '--add', '5'], /--reason/], [['stock', '1', '--add', '0'], /--add/],
      [['stock', '1', '--add', '5', '--at', 'now', '--reason', 'x'], /--at/],
      [['list', '--token', 'a', '--token-file', 'b'], /--token.*--token-file/],
      [['history', '1', '--from', 'x'], /--from/],
    ]) {
      const { code, error } = await coupon(...args);
      assert.equal(code, 2, `${args.join(' ')}: ${error}`);
      assert.match(error, /^dibs: [^\n]+\n$/);
      assert.match(error, message);
    }
  });

  test('takes a token from a file, the environment or an option, or makes its own', async () => {
    const list = (args, environment) =>
      dibs(['coupon', 'list', '--admin', shop.adminUrl, ...args], {
        environment, folder: temporaryFolder(),
      });
    const good = shop.identity.token('root', { scope: 'coupons:admin' });
    const bad = shop.identity.token('alice');
    const file = join(temporaryFolder(), 'token');
    writeFileSync(file, `${good}\n`, { mode: 0o600 });
    for (const [args, environment, code] of [
      [['--token', good], {}, 0], [['--token-file', file], {}, 0], [[], { DIBS_TOKEN: good }, 0],
      [['--store', shop.storeUrl], {}, 0], [['--token', bad], {}, 1],
      [[], { DIBS_TOKEN: bad }, 1], [['--token-file', '/nowhere/token'], {}, 2],
    ]) {
      const result = await list(args, environment);
      assert.equal(result.code, code, result.error);
      assert.ok(!result.error.includes('eyJ'), 'no token is shown');
    }
    assert.match((await list(['--token', bad])).error, /forbidden/);
  });

  test('makes no key for a store that was mistyped', async () => {
    const folder = temporaryFolder();
    for (const args of [[], ['--store', `sqlite:${join(folder, 'dips.db')}`]]) {
      const { code, error } =
        await dibs(['coupon', 'list', '--admin', shop.adminUrl, ...args], { folder });
      assert.equal(code, 2);
      assert.match(error, /^dibs: --store: [^\n]*--jwt-secret-file[^\n]*\n$/);
    }
    assert.deepEqual(readdirSync(folder), []);
  });

  test('finds the service by the file that configures it, tokens or not', async () => {
    const folder = temporaryFolder();
    const config = (name, lines) => {
      writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
      return join(folder, name);
    };
    const ours = config('ours.toml', [`admin-listen = "${new URL(shop.adminUrl).host}"`,
      `store = "${shop.storeUrl}"`]);
    assert.equal((await dibs(['coupon', 'list', '--config', ours], { folder })).code, 0);

    const trusting = await Shop.open({
      settings: { auth: 'trusted-header' }, identity: gatewayIdentity,
    });
    const theirs = config('theirs.toml', [`admin-listen = "${new URL(trusting.adminUrl).host}"`,
      'auth = "trusted-header"']);
    for (const [args, environment] of [
      [['--config', theirs]], [[], { DIBS_CONFIG: theirs }],
      [['--admin', trusting.adminUrl, '--auth', 'trusted-header']],
    ]) {
      const { code, error } = await dibs(['coupon', 'create', '--name', 'x', '--stock', '1',
        '--to', '+1h', ...args], { environment, folder });
      assert.equal(code, 0, error);
    }
    await trusting.close();
  });

  test('has the limits that the service has', async () => {
    for (const [option, most] of [['--stock', Number.MAX_SAFE_INTEGER], ['--limit-per-user', 1000]]) {
      const create = (value) => coupon('create', '--name', 'x', '--to', '+1h',
        ...(option === '--stock' ? [] : ['--stock', '1']), option, String(value));
      const { code, error } = await create(most);
      assert.equal(code, 0, error);
      assert.equal((await create(BigInt(most) + 1n)).code, 2);
    }
  });

  test('says so where nobody answers', async () => {
    const gone = await Shop.open();
    const { adminUrl } = gone;
    await gone.close();
    const { code, error } = await gone.dibs('coupon list', '--admin', adminUrl);
    assert.equal(code, 1);
    assert.match(error, /^dibs: [^\n]+\n$/);
  });
});
