// Goal: `dibs copy` makes a store that is the same in every row and can be served from, wherever it
// was killed before, and says in one line why it won't where it won't.
// Method: a sale over HTTP, copied by the binary from one file to another, killed whenever some
// of it is there; the copy is served, and answers as the original did.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { dibs, startDibs, verify } from './support/command.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { eventually, inTime, justNow } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';
import { query, sql } from './support/sqlite_shell.mjs';

const copy = (from, to) => dibs(['copy', '--from', `sqlite:${from}`, '--to', `sqlite:${to}`]);
const freshStore = () => join(temporaryFolder(), 'copy.db');

/** One line on standard error, and the exit code. */
async function expectRefused(from, to, code, message) {
  const result = await copy(from, to);
  assert.equal(result.code, code, result.error);
  assert.match(result.error, /^dibs: [^\n]+\n$/);
  assert.match(result.error, message);
}

/** A shop where coupons were sold, restocked, taken back, renamed and folded; stopped. */
async function soldShop(buyers = 200) {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({ stock: buyers });
  await shop.operator.announce({ stock: 5 });
  await shop.askAtOnce(coupon.id, shop.users('buyer', buyers), { connections: 20 });
  const readBooks = (operator) => Promise.all([operator.coupon(coupon.id),
    operator.history(coupon.id), operator.liveEvents(coupon.id)]);
  const books = JSON.stringify(await readBooks(shop.operator));
  await shop.stop();
  return { shop, coupon, books, readBooks };
}

describe('dibs copy', () => {
  test('makes a store that answers as the original did', async () => {
    const { shop, coupon, books, readBooks } = await soldShop();
    const folded = await shop.dibs('compact', '--until', await justNow());
    assert.equal(folded.code, 0, folded.error);
    const target = freshStore();
    const { code, output, error } = await copy(shop.store, target);
    assert.equal(code, 0, error);
    assert.equal(error, '', 'silent but for what it found');
    const [first, second, last, ...more] = output.split('\n');
    for (const line of [first, second]) assert.match(line, /^coupon \d .*: the same on both sides$/);
    assert.match(last, /^2 coupons with \d+ rows copied, \d+ of them now; both sides verified\.$/);
    assert.deepEqual(more, ['']);
    assert.equal((await verify(target)).report.ok, true);

    const other = await Shop.open({ store: target });
    const [copied, history] = await readBooks(other.operator);
    assert.equal(JSON.stringify([copied, history]),
      JSON.stringify(JSON.parse(books).slice(0, 2)));
    assert.equal((await other.operator.liveEvents(coupon.id))[0].kind, 'cumulative');
    await other.close();
  });

  test('goes on wherever it was killed', async () => {
    const { shop } = await soldShop(30_000);
    const target = freshStore();
    let kills = 0;
    let rows = 0;
    const rowsOfTarget = async () => {
      if (!existsSync(target)) return 0;
      const [{ events }] = await query(target,
        'SELECT count(*) AS events FROM coupon_inventory_history').catch(() => [{ events: 0 }]);
      return events;
    };
    const started = () => startDibs(['copy', '--from', `sqlite:${shop.store}`,
      '--to', `sqlite:${target}`]);
    let code = null;
    while (code === null) {
      const copying = started();
      const ended = once(copying, 'exit');
      const now = await eventually('a portion is there, or all', async () => {
        const events = await rowsOfTarget();
        return (copying.exitCode !== null || events > rows) && { events };
      });
      copying.kill('SIGKILL');
      [code] = await inTime('it ends', ended);
      if (code !== null) break;
      kills += 1;
      assert.ok(now.events >= rows, 'what was copied stays');
      rows = now.events;
      if (rows > 30_000) break;
    }
    assert.ok(kills > 0, 'it was killed in the middle');
    for (const command of ['serve', 'compact']) {
      const { code: refused, error: line } = await dibs([command, '--store', `sqlite:${target}`]);
      assert.equal(refused, 1, `dibs ${command} takes half a copy`);
      assert.match(line, /^dibs: [^\n]*a copy into it was not finished[^\n]*\n$/);
    }
    const second = freshStore();
    await expectRefused(target, second, 1, /copy\.db: a copy into it was not finished/);
    assert.ok(!existsSync(second), 'half a copy is not copied on');
    const { code: last, output, error } = await copy(shop.store, target);
    assert.equal(last, 0, error);
    assert.match(output, /both sides verified/);
    const [, all, byNow] = output.match(/with (\d+) rows copied, (\d+) of them now/);
    assert.ok(Number(byNow) < Number(all), 'it went on, and did not begin anew');
    assert.equal((await verify(target)).report.ok, true);
    assert.equal((await dibs(['compact', '--store', `sqlite:${target}`])).code, 0);
  });

  test('of a copy finds nothing to do', async () => {
    const { shop } = await soldShop(20);
    const target = freshStore();
    assert.equal((await copy(shop.store, target)).code, 0);
    assert.match((await copy(shop.store, target)).output, / 0 of them now/);
  });

  test('is refused beside a service, on either side', async () => {
    const { shop } = await soldShop(20);
    const target = freshStore();
    assert.equal((await copy(shop.store, target)).code, 0);
    await shop.start();
    const beside = /is held by dibs serve \(process \d+\): stop it first/;
    const fresh = freshStore();
    await expectRefused(shop.store, fresh, 1, beside);
    assert.ok(!existsSync(fresh), 'nothing was begun');
    await expectRefused(target, shop.store, 1, beside);
    await shop.close();
  });

  test('takes no other store for a copy, and leaves it alone', async () => {
    const [{ shop }, { shop: other }] = [await soldShop(20), await soldShop(10)];
    const { report } = await verify(other.store);
    await expectRefused(shop.store, other.store, 1, /neither empty nor an unfinished copy/);
    assert.deepEqual((await verify(other.store)).report, report);
  });

  test('brings over no books that are broken, and begins nothing', async () => {
    const { shop } = await soldShop(5);
    await sql(shop.store, `DROP TRIGGER coupon_inventory_history_is_never_updated;
      UPDATE coupon_inventory_history SET stock_after = 77 WHERE coupon_id = 1 AND sequence = 2;`);
    const target = freshStore();
    await expectRefused(shop.store, target, 1,
      /the books of the source are broken in \d+ places?: see dibs verify/);
    const [{ coupons }] = await query(target, 'SELECT count(*) AS coupons FROM coupon');
    assert.equal(coupons, 0);
  });

  test('tells wrong usage', async () => {
    const { shop } = await soldShop(5);
    await expectRefused(shop.store, shop.store, 2, /name the same store/);
    for (const to of ['mysql://x/y', 'copy.db']) {
      const { code, error } =
        await dibs(['copy', '--from', `sqlite:${shop.store}`, '--to', to]);
      assert.equal(code, 2, error);
      assert.match(error, /^dibs: not a store that this binary can open/);
    }
    await expectRefused(join(temporaryFolder(), 'typo.db'), freshStore(), 1, /no such file/);
  });
});
