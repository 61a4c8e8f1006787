// Goal: a service that runs as dibs_service can do its work and nothing else: what is immutable stays
// so even for who has its password.
// Method: the roles of deploy/postgres/roles.sql on a server of the test's own, the schema from the
// owner's `dibs migrate`; then a sale by the service, and each statement that must be refused through
// psql.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';

import { projectFolder } from './support/binary.mjs';
import { dibs, run } from './support/command.mjs';
import { expectAlreadyRegistered, expectIssued } from './support/expect.mjs';
import { eventually } from './support/poll.mjs';
import { PostgresDatabase, PostgresServer, sql } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

const PASSWORDS = { DIBS_OWNER_PASSWORD: 'of-the-owner', DIBS_SERVICE_PASSWORD: 'of-the-service' };
const ROLES = join(projectFolder, 'deploy/postgres/roles.sql');

// What nobody may do who only runs the service, table by table; permission is refused before any
// guard is asked.
const FORBIDDEN = [
  'UPDATE coupon_inventory_history SET amount = amount',
  'DELETE FROM coupon_inventory_history',
  'TRUNCATE coupon_inventory_history',
  'UPDATE coupon_inventory SET amount = amount',
  'TRUNCATE coupon_inventory',
  'UPDATE registered_coupon SET user_id = user_id',
  'DELETE FROM registered_coupon',
  'TRUNCATE registered_coupon',
  'UPDATE coupon SET limit_per_user = 100',
  'UPDATE coupon SET id = id',
  'DELETE FROM coupon',
  'UPDATE coupon_terms SET name = name',
  'DELETE FROM coupon_terms',
  'DELETE FROM inventory_compaction',
  'UPDATE inventory_compaction SET until = 0',
  'INSERT INTO schema_migration VALUES (9999, \'mine\', 0)',
  'DELETE FROM schema_migration',
  'DROP TABLE coupon',
  'ALTER TABLE coupon_inventory_history DISABLE TRIGGER ALL',
  'DROP TRIGGER coupon_inventory_history_is_never_changed ON coupon_inventory_history',
  'SET session_replication_role = replica',
  'CREATE TABLE mine (id int)',
  'CREATE TEMPORARY TABLE mine (id int)',
  'CREATE ROLE mine',
  'CREATE DATABASE mine',
];

// The same, of the tables that only a store on several servers uses.
const FORBIDDEN_OF_SEVERAL = [
  'UPDATE shard SET place = place',
  'DELETE FROM shard',
  'UPDATE listed_registration SET user_id = user_id',
  'DELETE FROM listed_registration',
  'UPDATE listed_coupon SET limit_per_user = 100',
  'DELETE FROM listed_coupon',
  'TRUNCATE listing_due',
];

// Allowed by the grants, and refused by the guards: nothing of it may be told by the books.
const GUARDED = [
  'DELETE FROM coupon_inventory',
  `INSERT INTO coupon_inventory_history (coupon_id, sequence, kind, amount, stock_after, issued_after,
     created_at) SELECT id, 999, 'stocked', 5, 5, 0, 0 FROM coupon`,
  `INSERT INTO registered_coupon (user_id, coupon_id, nth, sequence, rank, registered_at, status)
     SELECT 'thief', id, 1, 999, 999, 0, 'active' FROM coupon`,
];

describe('the roles of a PostgreSQL store', () => {
  let server;
  let superuser;
  let shop;
  const urlOf = (user, password, database = 'dibs') =>
    superuser.replace(/\/\/postgres@/, `//${user}:${password}@`)
      .replace(/\/postgres\?.*/, `/${database}`);
  const owner = () => urlOf('dibs_owner', PASSWORDS.DIBS_OWNER_PASSWORD);
  const service = () => urlOf('dibs_service', PASSWORDS.DIBS_SERVICE_PASSWORD);

  before(async () => {
    server = await PostgresServer.start();
    superuser = await server.superuserUrl();
    // The test server's own database of that name would be in the way.
    await sql(superuser, 'ALTER DATABASE dibs RENAME TO dibs_of_the_tests;');
    const made = await run('psql', ['--no-psqlrc', '--quiet', superuser, '--file', ROLES],
      { environment: PASSWORDS });
    assert.equal(made.code, 0, made.error);
  });
  after(() => shop?.close());

  test('a service is not let near a schema that is not there yet', async () => {
    const { code, error } = await dibs(['serve', '--store', service(), '--allow-fsync-off']);
    assert.equal(code, 2, error);
    assert.match(error, /run dibs migrate with the owner's URL/);
    assert.ok(!error.includes(PASSWORDS.DIBS_SERVICE_PASSWORD));
  });

  test('the owner makes the schema, and the service sells', async () => {
    const { code, output, error } = await dibs(['migrate', '--store', owner()]);
    assert.equal(code, 0, error);
    assert.match(output, /^The schema went from number 0 to \d+\.\n$/);

    shop = await Shop.open({ store: new PostgresDatabase(service()) });
    const coupon = await shop.operator.announce({ stock: 3 });
    const held = expectIssued(await shop.customer('alice').ask(coupon.id));
    expectAlreadyRegistered(await shop.customer('alice').ask(coupon.id));
    await shop.operator.change(coupon.id, { description: 'changed' });
    await shop.operator.restock(coupon.id, 5);
    assert.equal((await shop.operator.takeBack(held.id)).status, 201);
    assert.equal((await shop.operator.compact()).state, 'finished');
    assert.equal((await shop.operator.liveEvents(coupon.id)).length, 1);
    await shop.expectTrueBooks();
  });

  test('the service may do nothing else', async () => {
    for (const statement of FORBIDDEN) {
      await assert.rejects(sql(service(), `${statement};`),
        /permission denied|must be owner/, statement);
    }
  });

  test('what it may, the guards still hold against the books', async () => {
    for (const statement of GUARDED) {
      await assert.rejects(sql(service(), `${statement};`), /inventory|history|registered/, statement);
    }
    await shop.expectTrueBooks();
  });

  test('a service sells on several servers, and fills the listings', async () => {
    const names = ['dibs_first', 'dibs_second'];
    for (const name of names) {
      await sql(superuser, `CREATE DATABASE ${name} OWNER dibs_owner;`);
      await sql(superuser.replace('/postgres?', `/${name}?`),
        'ALTER SCHEMA public OWNER TO dibs_owner; REVOKE ALL ON SCHEMA public FROM PUBLIC;');
    }
    const listOf = (user, password) => names.map((name) => urlOf(user, password, name)).join(' ');
    const owners = listOf('dibs_owner', PASSWORDS.DIBS_OWNER_PASSWORD);
    const services = listOf('dibs_service', PASSWORDS.DIBS_SERVICE_PASSWORD);
    const migrated = await dibs(['migrate', '--store', owners]);
    assert.equal(migrated.code, 0, migrated.error);

    const several = await Shop.open({ store: new PostgresDatabase(services) });
    const held = [];
    for (const name of ['Tea', 'Cake']) {
      const coupon = await several.operator.announce({ name, stock: 5 });
      held.unshift(expectIssued(await several.customer('alice').ask(coupon.id)));
    }
    await several.operator.change(held[0].couponId, { name: 'Carrot cake' });
    assert.equal((await several.operator.takeBack(held[1].id)).status, 201);
    await eventually('all of it is in the listings', async () => {
      const due = await Promise.all(services.split(' ').map((url) =>
        sql(url, 'SELECT count(*) FROM listing_due;')));
      return due.every((count) => count === '0');
    });
    const listed = await several.customer('alice').allHoldings();
    assert.deepEqual(listed.map(({ coupon, status }) => [coupon.name, status]),
      [['Carrot cake', 'active'], ['Tea', 'returned']]);
    assert.equal((await several.operator.compact()).state, 'finished');
    for (const url of services.split(' ')) {
      for (const statement of FORBIDDEN_OF_SEVERAL) {
        await assert.rejects(sql(url, `${statement};`), /permission denied/, statement);
      }
    }
    await several.close();
  });

  test('nobody else may connect', async () => {
    await sql(superuser, 'CREATE ROLE stranger LOGIN PASSWORD \'strange\';');
    await assert.rejects(sql(urlOf('stranger', 'strange'), 'SELECT 1;'),
      /permission denied for database/);
  });
});
