// Goal: whatever somebody did to the books behind the guards' backs, `dibs verify` finds it: it
// ends with 1 and names the rule and the row. And where the guards stand, nothing can be done.
// Method: on copies of a stopped shop's store, the database's own shell takes a guard away and does
// one kind of damage; each of the six rules is broken by itself, as far as that is possible.

import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { dibs, verify } from './support/command.mjs';
import { expectIssued, expectJson } from './support/expect.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { Shop } from './support/shop.mjs';
import { sql } from './support/sqlite_shell.mjs';

const UNGUARDED = {
  history: `DROP TRIGGER coupon_inventory_history_is_never_updated;
            DROP TRIGGER coupon_inventory_history_is_never_deleted;`,
  inventory: `DROP TRIGGER coupon_inventory_is_never_updated;
              DROP TRIGGER coupon_inventory_goes_only_when_folded;`,
  registrations: `DROP TRIGGER registered_coupon_keeps_all_but_its_status;
                  DROP TRIGGER registered_coupon_is_never_deleted;
                  DROP TRIGGER registered_coupon_is_registered_once;`,
  terms: 'DROP TRIGGER coupon_terms_are_never_updated;',
};

/** What is done, and what has to be found: the rules, and words of the row of the first of them. */
const DAMAGES = [
  {
    what: 'a live event that says another stock than is left',
    unguarded: UNGUARDED.inventory,
    statement: 'UPDATE coupon_inventory SET stock_after = 9 WHERE coupon_id = 1 AND sequence = 4;',
    rules: [1],
    row: /inventory sums to 3, says 9 remain, history sums to 3/,
  },
  {
    what: 'a live event of another amount',
    unguarded: UNGUARDED.inventory,
    statement: 'UPDATE coupon_inventory SET amount = 7 WHERE coupon_id = 1 AND sequence = 1;',
    rules: [1],
    row: /inventory sums to 6/,
  },
  {
    what: 'a history whose balance does not follow',
    unguarded: UNGUARDED.history,
    statement: `UPDATE coupon_inventory_history SET stock_after = 8
                 WHERE coupon_id = 1 AND sequence = 2;`,
    rules: [1],
    row: /history: issued -1 at sequence 2 .*8.* where the sums give 3/,
  },
  {
    what: 'an event that is gone from the history',
    unguarded: UNGUARDED.history,
    statement: 'DELETE FROM coupon_inventory_history WHERE coupon_id = 1 AND sequence = 3;',
    rules: [2, 1, 4],
    row: /history: stocked \+1 at sequence 4 .* follows sequence 2/,
  },
  {
    what: 'a history whose head is gone',
    unguarded: UNGUARDED.history,
    statement: 'DELETE FROM coupon_inventory_history WHERE coupon_id = 1 AND sequence = 4;',
    rules: [2, 1],
    row: /inventory's head is 4, history's is 3/,
  },
  {
    what: 'a live event that is gone',
    unguarded: UNGUARDED.inventory,
    statement: 'DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 2;',
    rules: [2, 1],
    row: /inventory: issued -1 at sequence 3 .* follows sequence 1/,
  },
  {
    what: 'a stock that went below zero for a moment',
    unguarded: `${UNGUARDED.history} PRAGMA ignore_check_constraints = ON;`,
    statement: `UPDATE coupon_inventory_history SET amount = -9, kind = 'adjusted', user_id = NULL
                 WHERE coupon_id = 1 AND sequence = 2;
                UPDATE coupon_inventory_history SET amount = 9
                 WHERE coupon_id = 1 AND sequence = 4;`,
    rules: [3, 1, 4],
    row: /history: adjusted -9 at sequence 2 .* brings the stock to -5/,
  },
  {
    what: 'a registration that is gone',
    unguarded: UNGUARDED.registrations,
    statement: 'DELETE FROM registered_coupon WHERE coupon_id = 1 AND sequence = 3;',
    rules: [4],
    row: /issued -1 at sequence 3 .*: nobody is registered for it/,
  },
  {
    what: 'a registration that no event issued',
    unguarded: UNGUARDED.registrations,
    statement: `INSERT INTO registered_coupon
                VALUES ('mallory', 1, 1, 77, 3, NULL, 0, 'active');`,
    rules: [4],
    row: /registration 1-77 of user mallory.*: no event issued it/,
  },
  {
    what: 'a registration in the place of an event that issued nothing',
    unguarded: UNGUARDED.registrations,
    statement: `INSERT INTO registered_coupon
                VALUES ('mallory', 1, 1, 1, 3, NULL, 0, 'active');`,
    rules: [4],
    row: /registration 1-1 of user mallory, .* stands where stocked \+4 at sequence 1/,
  },
  {
    what: 'a registration that went to another user',
    unguarded: UNGUARDED.registrations,
    statement: `UPDATE registered_coupon SET user_id = 'mallory'
                 WHERE coupon_id = 1 AND sequence = 2;`,
    rules: [4],
    row: /sequence 2 .*user mallory.* differ in user, time or rank/,
  },
  {
    what: 'a registration of another moment',
    unguarded: UNGUARDED.registrations,
    statement: `UPDATE registered_coupon SET registered_at = registered_at + 1
                 WHERE coupon_id = 1 AND sequence = 2;`,
    rules: [4],
    row: /sequence 2 .* differ in user, time or rank/,
  },
  {
    what: 'a registration that says it was returned, and wasn\'t',
    // A status may change, and no guard knows when.
    unguarded: '',
    statement: "UPDATE registered_coupon SET status = 'returned' WHERE coupon_id = 1 AND nth = 1;",
    rules: [4],
    row: /2 registrations say that they were returned, history has 0 events/,
  },
  {
    what: 'amounts whose sum no number holds',
    unguarded: UNGUARDED.history,
    statement: `UPDATE coupon_inventory_history
                   SET amount = 9223372036854775807, stock_after = 9223372036854775807
                 WHERE coupon_id = 1 AND kind = 'stocked';`,
    rules: [1],
    row: /history: stocked \+9223372036854775807 at sequence 4 .* more than any number holds/,
  },
  {
    what: 'a coupon that is gone, though its terms are there',
    unguarded: 'DROP TRIGGER coupon_is_never_deleted;',
    statement: 'DELETE FROM coupon WHERE id = 1;',
    rules: [4, 6],
    row: /there are rows of a coupon that does not exist/,
  },
  {
    what: 'more of a coupon than one user may hold',
    // No guard knows the limit: it is a rule, and rules are not SQL's. The rows fit in all else.
    unguarded: '',
    statement: `INSERT INTO coupon_inventory_history
                VALUES (1, 5, 'issued', -1, 2, 3, 'alice', '', 1764000000000000);
                INSERT INTO coupon_inventory
                VALUES (1, 5, 0, 'issued', -1, 2, 3, 'alice', '', 1764000000000000);
                INSERT INTO registered_coupon
                VALUES ('alice', 1, 2, 5, 3, NULL, 1764000000000000, 'active');`,
    rules: [5],
    row: /user alice holds 2, the limit is 1/,
  },
  {
    what: 'a coupon that was issued when its window was closed',
    unguarded: UNGUARDED.terms,
    statement: 'UPDATE coupon_terms SET starts_at = ends_at WHERE coupon_id = 1;',
    rules: [6],
    row: /registration 1-2 of user alice, rank 1: at .*, where the window was/,
  },
  {
    what: 'rows of a coupon that is gone',
    unguarded: `${UNGUARDED.terms} DROP TRIGGER coupon_terms_are_never_deleted;
                DROP TRIGGER coupon_is_never_deleted;`,
    statement: 'DELETE FROM coupon_terms WHERE coupon_id = 1; DELETE FROM coupon WHERE id = 1;',
    rules: [4, 6],
    row: /there are rows of a coupon that does not exist/,
  },
];

let original;
before(async () => {
  // Coupon 1: stocked 4, issued to alice and to bob, stocked 1 more. Coupon 2 is left alone.
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({
    stock: 4, from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z',
  });
  for (const user of ['alice', 'bob']) expectIssued(await shop.customer(user).ask(coupon.id));
  await shop.operator.restock(coupon.id, 1);
  const other = await shop.operator.announce({ name: 'Untouched' });
  expectIssued(await shop.customer('alice').ask(other.id));
  expectJson(await shop.operator.takeBack(`${other.id}-2`), 201);
  await shop.close();
  original = shop.store;
});

/** A copy of the shop's store, to be damaged. */
async function copyOfStore() {
  const copy = join(temporaryFolder(), 'damaged.db');
  await sql(original, `VACUUM INTO '${copy}';`);
  return copy;
}

describe('dibs verify', () => {
  test('finds nothing wrong with books that are right', async () => {
    const { code, report } = await verify(await copyOfStore());
    assert.equal(code, 0, JSON.stringify(report));
  });

  for (const { what, unguarded, statement, rules, row } of DAMAGES) {
    test(`finds ${what}`, async () => {
      const store = await copyOfStore();
      if (unguarded !== '') {
        await assert.rejects(sql(store, statement), 'the guards stand against it');
      }
      await sql(store, unguarded + statement);

      const { code, report } = await verify(store);
      assert.equal(code, 1);
      assert.equal(report.ok, false);
      assert.equal(report.brokenCount, report.coupons[0].brokenCount);
      const [damaged, untouched] = report.coupons;
      assert.equal(damaged.ok, false);
      assert.deepEqual(new Set(damaged.broken.map(({ rule }) => rule)), new Set(rules),
        JSON.stringify(damaged.broken));
      const numbers = damaged.broken.map(({ rule }) => rule);
      assert.deepEqual(numbers, [...numbers].sort(), 'in the order of the rules');
      const found = damaged.broken.filter(({ rule }) => rule === rules[0]);
      assert.ok(found.some((broken) => row.test(broken.row)), JSON.stringify(found));
      assert.deepEqual([untouched.couponId, untouched.ok, untouched.broken], [2, true, []]);

      const forPeople = await dibs(['verify', '--store', `sqlite:${store}`]);
      assert.equal(forPeople.code, 1);
      assert.match(forPeople.output, /^coupon 1 .*: BROKEN$/m);
      const line = new RegExp(`^  rule ${rules[0]} \\(.+\\): .*${row.source}`, 'm');
      assert.match(forPeople.output, line);
      assert.match(forPeople.output, /^coupon 2 .*: ok$/m);
      assert.match(forPeople.output,
        new RegExp(`^2 coupons verified, ${report.brokenCount} rules? broken\\.$`, 'm'));
    });
  }

  test('shows some of very many broken rows, and counts them all', async () => {
    const shop = await Shop.open();
    const coupon = await shop.operator.announce({ stock: 100 });
    await shop.askAtOnce(coupon.id, shop.users('lost', 50), { connections: 10 });
    await shop.close();
    await sql(shop.store, `${UNGUARDED.registrations} DELETE FROM registered_coupon;`);
    const { code, report } = await verify(shop.store);
    assert.equal(code, 1);
    assert.equal(report.coupons[0].broken.length, 20);
    assert.equal(report.brokenCount, 50);
    const { output } = await shop.dibs('verify');
    assert.match(output, /^ {2}and 30 more$/m);
  });

  test('says that a damaged file can\'t be read, and ends with 1', async () => {
    const store = join(temporaryFolder(), 'torn.db');
    copyFileSync(original, store);
    const size = statSync(store).size;
    const file = openSync(store, 'r+');
    const noise = Buffer.alloc(1024, 0xff);
    for (let at = 4096; at < size; at += 2048) writeSync(file, noise, 0, noise.length, at);
    closeSync(file);
    const { code, error } = await dibs(['verify', '--store', `sqlite:${store}`]);
    assert.equal(code, 1);
    assert.match(error, /^dibs: [^\n]*torn\.db[^\n]*\n$/);
  });
});

describe('dibs serve', () => {
  test('does not fold over live events that contradict each other', async () => {
    const store = await copyOfStore();
    await sql(store, `${UNGUARDED.inventory}
      UPDATE coupon_inventory SET amount = 7 WHERE coupon_id = 1 AND sequence = 1;`);
    const { code, error } = await dibs(['compact', '--store', `sqlite:${store}`, '--until', 'now']);
    assert.equal(code, 1);
    assert.match(error, /^dibs: [^\n]+\n$/);
    const { report } = await verify(store);
    assert.equal(report.coupons[0].liveEvents, 4, 'nothing was folded');
    assert.deepEqual(report.coupons[0].broken.map(({ rule }) => rule), [1, 1],
      'the line and the sum; nothing got worse');
  });
});
