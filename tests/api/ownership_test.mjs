// Goal: a store has one owner. Who comes second is refused with a line that says who holds it and
// what to call instead; looking at the books always works.
// Method: commands beside a running service, and after it ended or was killed.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { dibs, run, verify } from './support/command.mjs';
import { expectIssued } from './support/expect.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { Shop } from './support/shop.mjs';
import { query, sql } from './support/sqlite_shell.mjs';

describe('beside a running service', () => {
  let shop;
  let coupon;
  before(async () => {
    shop = await Shop.open();
    coupon = await shop.operator.announce();
    expectIssued(await shop.customer('alice').ask(coupon.id));
  });
  after(() => shop.close());

  for (const command of ['serve', 'compact', 'migrate']) {
    test(`dibs ${command} is refused, and told whom to ask instead`, async () => {
      const listeners = command === 'serve'
        ? ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'] : [];
      const { code, output, error } = await shop.dibs(command, ...listeners);
      assert.equal(code, 1);
      assert.equal(output, '');
      assert.equal(error, `dibs: the store ${shop.store} is held by dibs serve (process `
        + `${shop.service.process}); use its operators' API at ${shop.adminUrl} instead\n`);
    });
  }

  test('the one that was refused has changed nothing, and the service goes on', async () => {
    expectIssued(await shop.customer('bob').ask(coupon.id));
    assert.deepEqual(await shop.operator.runs(), []);
  });

  test('dibs verify tells how the books are', async () => {
    const { code, output, error } = await shop.dibs('verify');
    assert.equal(code, 0, error);
    assert.match(output, /^coupon 1 "Black Friday 50%": stock 8, issued 2, .*: ok\n/);
    assert.match(output, /\n1 coupon verified, 0 rules broken\.\n$/);
    const { report } = await verify(shop.store);
    assert.equal(report.coupons[0].issued, 2);
  });

  test('dibs verify does so while the sale goes on', async () => {
    const sale = await shop.operator.announce({ stock: 2000 });
    let isOver = false;
    const asking = shop.askAtOnce(sale.id, shop.users('verified', 2500), { connections: 50 })
      .finally(() => { isOver = true; });
    do await shop.expectTrueBooks(); while (!isOver);
    await asking;
    const report = await shop.expectTrueBooks();
    assert.equal(report.coupons.find(({ couponId }) => couponId === sale.id).issued, 2000);
  });

  test('the database\'s own shell can read', async () => {
    const [{ count }] = await query(shop.store,
      'SELECT count(*) AS count FROM registered_coupon WHERE coupon_id = 1');
    assert.equal(count, 2);
  });

  test('a token can be made', async () => {
    const { code, output } = await shop.dibs('token', '--user', 'carol');
    assert.equal(code, 0);
    assert.equal(output.trim().split('.').length, 3);
  });
});

describe('a store', () => {
  test('is free at once when its owner was killed', async () => {
    const shop = await Shop.open();
    await shop.operator.announce();
    await shop.kill();
    await shop.start();
    await shop.kill();
    const { code, output, error } = await shop.dibs('compact');
    assert.equal(code, 0, error);
    assert.match(output, /^Run 1: /);
    await shop.start();
    await shop.close();
  });

  test('that is a database of something else is left alone', async () => {
    const folder = temporaryFolder();
    const store = join(folder, 'other.db');
    await run('sqlite3', [store, 'CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);']);
    const bytes = readFileSync(store);
    for (const command of ['serve', 'compact', 'migrate', 'verify']) {
      const { code, error } = await dibs([command, '--store', `sqlite:${store}`]);
      assert.notEqual(code, 0);
      assert.match(error, /^dibs: [^\n]*database of something else[^\n]*\n$/, command);
    }
    const ours = `sqlite:${join(temporaryFolder(), 'ours.db')}`;
    await dibs(['migrate', '--store', ours]);
    for (const [from, to] of [[ours, `sqlite:${store}`], [`sqlite:${store}`, ours]]) {
      const { code, error } = await dibs(['copy', '--from', from, '--to', to]);
      assert.notEqual(code, 0);
      assert.match(error, /^dibs: [^\n]*database of something else[^\n]*\n$/, 'copy');
    }
    assert.deepEqual(readFileSync(store), bytes);
    assert.deepEqual(readdirSync(folder), ['other.db']);
  });

  test('of a newer schema is refused by all, and left alone', async () => {
    const shop = await Shop.open();
    await shop.operator.announce();
    await shop.stop();
    await sql(shop.store, 'INSERT INTO schema_migration VALUES (9999, \'to come\', 0);');
    const bytes = readFileSync(shop.store);
    for (const command of ['serve', 'compact', 'migrate', 'verify']) {
      const { code, output, error } = await shop.dibs(command);
      assert.equal(code, 2, command);
      assert.equal(output, '', command);
      assert.match(error, /^dibs: the store [^\n]*9999[^\n]*newer dibs[^\n]*\n$/, command);
    }
    assert.deepEqual(readFileSync(shop.store), bytes);
    await sql(shop.store, 'DELETE FROM schema_migration WHERE number = 9999;');
    await shop.start();
    await shop.close();
  });
});
