// Goal: a store on two PostgreSQL servers is one shop: coupons on both, two nodes, one listing, one
// fold, one audit; it is filled from a file by one command; and a server that is away takes its own
// coupons along and no other ones.
// Method: two clusters of the test's own. What was sold over SQLite is copied to them; two nodes
// sell on; then one cluster is crashed and comes back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { dibs } from './support/command.mjs';
import { countByStatus } from './support/crowd.mjs';
import { expectIssued, expectJson, expectProblem, upTo } from './support/expect.mjs';
import { eventually, justNow } from './support/poll.mjs';
import { PostgresDatabase, PostgresServer, sql } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

/** One store on a new database of each server. */
async function storeOn(servers) {
  const databases = await Promise.all(servers.map((server) => server.createDatabase()));
  const store = new PostgresDatabase(databases.map(({ url }) => url).join(' '));
  return Object.assign(store, { databases });
}

/** The ids of all coupons, as an operator sees them. */
async function couponIds({ operator }) {
  return expectJson(await operator.get('/admin/v1/coupons?limit=100')).items.map(({ id }) => id);
}

describe('a store on two servers', () => {
  let servers;
  let store;
  let nodes;
  let coupons;

  before(async () => {
    servers = [await PostgresServer.start(), await PostgresServer.start()];
    store = await storeOn(servers);
  });
  after(() => Promise.all(nodes?.map((node) => node.close()) ?? []));

  test('is filled from a file by one command', async () => {
    const small = await Shop.open();
    const [first, second] = [await small.operator.announce({ stock: 50, limitPerUser: 2 }),
      await small.operator.announce({ stock: 50, limitPerUser: 2 })];
    for (const coupon of [first, second]) {
      await small.askAtOnce(coupon.id, small.users('early', 20), { connections: 20 });
    }
    const held = await small.customer('early-1').allHoldings();
    await small.close();
    const { code, output, error } =
      await dibs(['copy', '--from', small.storeUrl, '--to', store.url]);
    assert.equal(code, 0, error);
    assert.match(output, /^coupon 1 .* the same on both sides\ncoupon 2 .* the same on both sides\n/);
    for (const { url } of store.databases) {
      assert.equal(await sql(url, 'SELECT count(*) FROM coupon;'), '1');
    }

    nodes = await Promise.all([Shop.open({ store }), Shop.open({ store })]);
    coupons = [first, second];
    for (const node of nodes) {
      assert.deepEqual(await node.customer('early-1').allHoldings(), held);
      assert.deepEqual(await couponIds(node), [1, 2]);
    }
  });

  test('sells coupons of both at two nodes at once', async () => {
    const asked = coupons.flatMap(({ id }) => nodes.map((node) =>
      node.askAtOnce(id, node.users('late', 60), { connections: 30 })));
    const answers = (await Promise.all(asked)).flat();
    assert.deepEqual(countByStatus(answers), { 201: 60, 400: 180 });
    for (const { id } of coupons) {
      const registered = await nodes[0].operator.registrations(id);
      assert.deepEqual(registered.map(({ rank }) => rank), upTo(50));
    }
  });

  test('has what a user was just given in their listing, at either node', async () => {
    const [here, there] = nodes;
    for (const { id } of coupons) await here.operator.restock(id, 30);
    const given = [];
    for (let i = 0; i < 20; ++i) {
      const { id } = i < 4 ? coupons[i % 2] : await here.operator.announce({ stock: 1 });
      // The other node may believe for a second that the first two are sold out.
      const asked = i < 4 || i % 3 === 0 ? here : there;
      const issued = await asked.customer('collector').ask(id);
      given.unshift(expectIssued(issued).id);
      const node = i % 2 === 0 ? there : here;
      const held = await node.customer('collector').allHoldings();
      assert.deepEqual(held.map((one) => one.id), given, `after ${i}`);
    }
    // And once all of it is copied, from one server alone.
    await eventually('nothing is due', async () => {
      const due = await Promise.all(store.databases.map(({ url }) =>
        sql(url, 'SELECT count(*) FROM listing_due;')));
      return due.every((count) => count === '0');
    });
    const held = await there.customer('collector').allHoldings();
    assert.deepEqual(held.map(({ id }) => id), given);
  });

  test('is folded in one run, and verified as one', async () => {
    const run = await nodes[1].operator.compact(await justNow());
    assert.equal(run.state, 'finished');
    for (const { id } of coupons) {
      assert.deepEqual((await nodes[0].operator.liveEvents(id)).map(({ kind }) => kind),
        ['cumulative']);
    }
    const counted = await Promise.all(store.databases.map(({ url }) =>
      sql(url, "SELECT count(*) FROM coupon_inventory_history;")));
    assert.equal(run.eventsIn, counted.reduce((sum, count) => sum + Number(count), 0));
    const report = await nodes[0].expectTrueBooks();
    assert.equal(report.coupons.length, 2 + 16);
    const ended = await nodes[0].dibs('compact', '--allow-fsync-off');
    assert.equal(ended.code, 0, ended.error);
  });

  test('is opened by no other list, and shows no password of any server', async () => {
    const [first, second] = store.databases.map(({ url }) => url);
    for (const [list, complaint] of [
      [first, /number 1 of 2 of a store: name all of them/],
      [second, /number 2 of 2 of a store/],
      [`${second} ${first}`, /server 1 of the list is number 2 of its store/],
    ]) {
      for (const command of ['verify', 'compact']) {
        const { code, error } = await dibs([command, '--store', list,
          ...(command === 'compact' ? ['--allow-fsync-off'] : [])]);
        assert.notEqual(code, 0);
        assert.match(error, /^dibs: [^\n]+\n$/);
        assert.match(error, complaint);
      }
    }
    const secrets = 'postgresql://a:firstword@h/d postgresql://b:otherword@h/d';
    const { output } = await dibs(['serve', '--print-config', '--store', secrets]);
    assert.match(output, /postgresql:\/\/a:\*\*\*\*@h\/d postgresql:\/\/b:\*\*\*\*@h\/d/);
    const wrong = await dibs(['serve', '--store', `${secrets} mysql://c:thirdword@h`]);
    assert.equal(wrong.code, 2);
    for (const word of ['firstword', 'otherword', 'thirdword']) {
      assert.ok(!(output + wrong.error).includes(word), word);
    }
  });

  test('goes on selling what lies on one server while the other is down', async () => {
    const lying = (place) => coupons.find(({ id }) => id % 2 === place);
    await servers[0].crash();
    const [node] = nodes;
    expectIssued(await node.customer('outage').ask(lying(1).id));
    const refused = await node.customer('outage').ask(lying(0).id);
    expectProblem(refused, 503, 'store-unavailable');
    expectProblem(await node.customer('outage').get('/api/v1/coupons/me'), 503,
      'store-unavailable');
    const ready = expectJson(await node.adminClient.get('/readyz'));
    assert.match(ready.durability, /server 1 of 2: .*does not answer now/);
    assert.doesNotMatch(ready.durability, /server 2 of 2: [^;]*does not answer/);
    const announced = await node.operator.announce({ stock: 1 });
    assert.equal(announced.id % 2, 1, 'on the server that is there');

    await servers[0].recover();
    await eventually('its coupons can be had again', async () =>
      (await node.customer('outage').ask(lying(0).id)).status === 201);
    assert.equal((await node.customer('outage').allHoldings()).length, 2);
  });
});
