// Goal: growing is one command: a file's store comes into PostgreSQL whole and is served by several
// nodes from there, and back; a copy of a store that somebody wrote to meanwhile is not said to be one,
// and half a copy is copied nowhere.
// Method: a sale on a file, copied by the binary to a database of a real server and served by two
// nodes. While the target is locked, so that the copy stands still in the middle, somebody is issued a
// coupon at the source.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { dibs, storeUrlOf, verify } from './support/command.mjs';
import { expectAlreadyRegistered, expectIssued } from './support/expect.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { eventually } from './support/poll.mjs';
import { sharedPostgres, sql } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

/** Of a file's name, or of a database. */
const urlOf = (store) => storeUrlOf(store.url ?? store);
const copy = (from, to) => dibs(['copy', '--from', urlOf(from), '--to', urlOf(to)]);
const newFile = () => join(temporaryFolder(), 'copy.db');

describe('dibs copy, to PostgreSQL and from it', () => {
  let server;
  before(async () => { server = await sharedPostgres(); });

  /** A shop on a file where some hold a coupon; stopped. */
  async function soldShop() {
    const shop = await Shop.open({ store: newFile() });
    const coupon = await shop.operator.announce({ stock: 100 });
    await shop.askAtOnce(coupon.id, shop.users('buyer', 60));
    await shop.stop();
    return { shop, coupon };
  }

  test('brings a file to a server, where two nodes go on with it, and back', async () => {
    const { shop, coupon } = await soldShop();
    const database = await server.createDatabase();
    const there = await copy(shop.store, database);
    assert.equal(there.code, 0, there.error);
    assert.match(there.output, /the same on both sides\n1 coupon with .*both sides verified\.$/m);

    const nodes = [await Shop.open({ store: database }), await Shop.open({ store: database })];
    const held = await nodes[0].customer('buyer-7').ask(coupon.id);
    expectAlreadyRegistered(held);
    const next = await expectIssued(await nodes[1].customer('newcomer').ask(coupon.id));
    assert.equal(next.rank, 61);
    for (const node of nodes) await node.stop();

    const file = newFile();
    const back = await copy(database, file);
    assert.equal(back.code, 0, back.error);
    const { report } = await verify(file);
    assert.equal(report.ok, true);
    const again = await Shop.open({ store: file });
    assert.equal((await again.operator.stock(coupon.id)).issued, 61);
    await again.close();
  });

  test('copies no half of a copy on', async () => {
    const database = await server.createDatabase();
    assert.equal((await dibs(['migrate', '--store', database.url])).code, 0);
    await sql(database.url, 'INSERT INTO schema_migration VALUES (0, \'unfinished copy\', 0)');
    const file = newFile();
    const { code, error } = await copy(database, file);
    assert.equal(code, 1, error);
    assert.match(error, /^dibs: the store: a copy into it was not finished: [^\n]+\n$/);
    assert.ok(!existsSync(file), 'nothing was begun');
  });

  test('does not call it a copy when the source was written to, and goes on from there', async () => {
    const [source, target] = [await server.createDatabase(), await server.createDatabase()];
    const shop = await Shop.open({ store: source });
    const coupon = await shop.operator.announce({ stock: 10 });
    await expectIssued(await shop.customer('early').ask(coupon.id));
    assert.equal((await dibs(['migrate', '--store', target.url])).code, 0);

    let copying;
    await target.withWriteLock(async () => {
      copying = copy(source, target);
      await eventually('the copy waits for the lock', async () => await sql(target.url,
        `SELECT count(*) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`) === '1');
      await expectIssued(await shop.customer('meanwhile').ask(coupon.id));
    });
    const first = await copying;
    assert.equal(first.code, 1, first.output);
    assert.match(first.error, /^dibs: the source was written to while it was copied: stop what [^\n]+\n$/);
    await shop.stop();

    const second = await copy(source, target);
    assert.equal(second.code, 0, second.error);
    assert.match(second.output, / 3 of them now; both sides verified/);
    const { report } = await verify(target.url);
    assert.equal(report.coupons[0].issued, 2);
  });
});
