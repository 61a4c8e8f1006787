// Goal: several nodes on one PostgreSQL are one service: never oversold, never more than the limit,
// one order, one fold; a node that goes or a database that hangs loses nothing that was acknowledged.
// Method: four services on one database, asked at the same moment; then the database is frozen and
// crashed, and a node is told to end in the middle of a sale.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { dibs } from './support/command.mjs';
import { countByStatus } from './support/crowd.mjs';
import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem, expectStatus, upTo,
} from './support/expect.mjs';
import { eventually, justNow } from './support/poll.mjs';
import { PostgresServer, sharedPostgres } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

const NODES = 4;

/** So many nodes on a new database of the server. */
async function openNodes(server, count, options = {}) {
  const store = await server.createDatabase();
  const opened = Array.from({ length: count }, () => Shop.open({ ...options, store }));
  return Promise.all(opened);
}

const closeAll = (nodes) => Promise.all(nodes.map((node) => node.close()));

/** All nodes are asked at once, by the same user unless told otherwise. */
function askEverywhere(nodes, couponId, userOf, optionsOf = () => ({})) {
  return Promise.all(nodes.map((node, i) =>
    node.customer(userOf(i)).ask(couponId, optionsOf(i))));
}

describe('four nodes on one database', () => {
  let nodes;
  before(async () => { nodes = await openNodes(await sharedPostgres(), NODES); });
  after(() => closeAll(nodes));

  test('migrate an empty database between them, and announce to each other', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 7 });
    for (const node of nodes) assert.deepEqual(await node.operator.coupon(coupon.id), coupon);
  });

  test('give a thousand coupons to a thousand of ten thousand, in one order', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 1000 });
    const { code, output, error } = await dibs(['rehearse', '--json', '--users=10000',
      `--coupon=${coupon.id}`, '--connections=4000', `--jwt-secret-file=${nodes[0].database.keyFile}`,
      `--admin=${nodes[3].adminUrl}`, ...nodes.map((node) => `--target=${node.url}`)]);
    assert.equal(code, 0, `the crowd's audit: ${error}${output}`);
    const seen = JSON.parse(output);
    assert.equal(seen.target.nodes.length, NODES);

    const registered = await nodes[1].operator.registrations(coupon.id);
    assert.deepEqual(registered.map(({ rank }) => rank), upTo(1000));
    assert.equal(new Set(registered.map(({ userId }) => userId)).size, 1000);
    let issued = 0;
    for (const node of nodes) {
      issued += await node.operator.metric('dibs_issue_total', { outcome: 'issued' });
      assert.equal((await node.operator.stock(coupon.id)).stock, 0);
    }
    assert.equal(issued, 1000, 'what the nodes say that they issued');
  });

  test('give one coupon to a user who asks all of them at once', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 100 });
    for (const user of nodes[0].users('everywhere', 25)) {
      const answers = await askEverywhere(nodes, coupon.id, () => user);
      assert.deepEqual(countByStatus(answers), { 201: 1, 409: NODES - 1 });
      const issued = answers.find(({ status }) => status === 201);
      for (const answer of answers.filter(({ status }) => status === 409)) {
        assert.deepEqual(expectAlreadyRegistered(answer), [issued.json]);
      }
    }
  });

  test('keep to a limit of three between them', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 100, limitPerUser: 3 });
    const thrice = [...nodes, ...nodes, ...nodes];
    const answers = await askEverywhere(thrice, coupon.id, () => 'greedy');
    assert.deepEqual(countByStatus(answers), { 201: 3, 409: 9 });
    assert.equal((await nodes[2].customer('greedy').allHoldings()).length, 3);
  });

  test('repeat each other\'s answers to the same Idempotency-Key', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 100, limitPerUser: 3 });
    const answers = await askEverywhere(nodes, coupon.id, () => 'once', () => ({ key: '"same"' }));
    const first = answers.filter(({ fields }) => fields['idempotent-replayed'] === undefined);
    assert.equal(first.length, 1, 'one was issued, the others were repeated');
    for (const answer of answers) {
      expectIssued(answer);
      assert.equal(answer.text, first[0].text);
    }
  });

  test('open a sold-out coupon when another one restocks it', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 1 });
    const [here, there] = nodes;
    const closed = await here.operator.metric('dibs_sold_out_coupons');
    expectIssued(await here.customer('quick').ask(coupon.id));
    expectProblem(await here.customer('slow').ask(coupon.id), 400, 'coupon-sold-out');
    await here.operator.metricBecomes('dibs_sold_out_coupons', closed + 1);
    await there.operator.restock(coupon.id, 1);
    // choice: a second is promised; a machine where everything happens at once gets three.
    await eventually('the other node issues again', async () =>
      (await here.customer('slow').ask(coupon.id)).status === 201, { within: 3_000 });
  });

  test('fold once when two are told to at the same moment', async () => {
    const coupon = await nodes[0].operator.announce({ stock: 50 });
    for (const user of nodes[0].users('folded', 30)) {
      expectIssued(await nodes[1].customer(user).ask(coupon.id));
    }
    const runsBefore = (await nodes[0].operator.runs()).length;
    const until = await justNow();
    const live = await nodes[0].operator.liveEvents(coupon.id);
    assert.equal(live.length, 31);
    const ended = await Promise.all(nodes.map((node) => node.operator.compact(until)));
    for (const run of ended) assert.equal(run.state, 'finished');
    assert.deepEqual((await nodes[3].operator.liveEvents(coupon.id)).map(({ kind }) => kind),
      ['cumulative']);
    const runs = (await nodes[0].operator.runs()).slice(0, -runsBefore || undefined);
    const folded = runs.reduce((sum, { eventsOut }) => sum + eventsOut, 0);
    const coupons = new Set(runs.flatMap(({ eventsIn }) => (eventsIn > 0 ? [eventsIn] : [])));
    assert.equal(coupons.size, 1, `one run folded, the others found nothing: ${JSON.stringify(runs)}`);
    assert.ok(folded >= 1);
  });
});

describe('a database that falls silent', () => {
  let server;
  let node;
  before(async () => {
    server = await PostgresServer.start();
    [node] = await openNodes(server, 1, { settings: { 'request-deadline-ms': 1000 } });
  });
  after(() => node.close());

  const ready = () => node.adminClient.get('/readyz');

  /** What is told while it is away, and that all is well by itself when it is back. */
  async function expectOutage(leave, comeBack) {
    const coupon = await node.operator.announce({ stock: 100 });
    expectIssued(await node.customer('before').ask(coupon.id));
    await leave();
    expectProblem(await ready(), 503, 'store-unavailable');
    const asked = await node.customer('during').ask(coupon.id, { key: '"during"' });
    assert.equal(asked.status, 503, asked.text);
    expectStatus(await node.adminClient.get('/livez'), 200);

    await comeBack();
    await eventually('it is ready again', async () => (await ready()).status === 200);
    const repeated = await eventually('issuing goes on', async () => {
      const answer = await node.customer('during').ask(coupon.id, { key: '"during"' });
      return answer.status === 201 && answer;
    });
    assert.deepEqual((await node.operator.registrations(coupon.id)).map(({ userId }) => userId),
      ['before', 'during']);
    assert.equal(expectIssued(repeated).rank, 2);
    await node.expectTrueBooks();
  }

  test('because it hangs, is told as not ready, and is served by itself when it goes on', () =>
    expectOutage(() => server.freeze(), () => server.thaw()));

  test('because it crashed, likewise', () =>
    expectOutage(() => server.crash(), () => server.recover()));
});

describe('a node that is told to end in the middle of a sale', () => {
  test('loses nothing that it acknowledged, and the others go on', async () => {
    const [stays, goes] = await openNodes(await sharedPostgres(), 2);
    const coupon = await stays.operator.announce({ stock: 2000 });
    const acknowledged = [];
    let stopping;
    const ask = async (node, user) => {
      const answer = await node.customer(user).ask(coupon.id).catch(() => undefined);
      if (answer?.status === 201) acknowledged.push(answer.json.id);
      if (acknowledged.length >= 200) stopping ??= goes.stop();
    };
    const users = stays.users('stampede', 1500);
    await Promise.all(users.map((user, i) => ask(i % 2 === 0 ? stays : goes, user)));
    await stopping;

    expectIssued(await stays.customer('afterwards').ask(coupon.id));
    const stored = (await stays.operator.registrations(coupon.id)).map(({ id }) => id);
    const lost = acknowledged.filter((id) => !stored.includes(id));
    assert.deepEqual(lost, []);
    assert.ok(acknowledged.length >= 750, `${acknowledged.length} were acknowledged`);
    assert.equal((await expectTrue(stays)).coupons[0].issued, stored.length);
    await stays.close();
  });
});

describe('dibs demo on PostgreSQL', () => {
  const demo = (...args) => dibs(['demo', '--exit', '--users=300', '--stock=60', '--connections=60',
    '--listen=127.0.0.1:0', '--admin-listen=127.0.0.1:0', ...args]);

  test('runs two nodes, and says what the one knows of the other', async () => {
    const own = await PostgresServer.start({ syncs: true });
    const { code, output, error } = await demo('--store', (await own.createDatabase()).url);
    assert.equal(code, 0, error + output);
    assert.match(output, /^Several dibs serve answer at http:\S+, http:\S+,/);
    assert.match(output, /issued +201 +60\b/);
    assert.match(output, /user-\d+ asked \S+, and holds, as \S+ says,/);
    assert.match(output, /61 events in, 1 out/);
    assert.match(output, /verify +coupon \d+: stock 0, issued 60, history 1\.\.61: ok/);
  });

  test('has one node where the store has one owner', async () => {
    const { code, error } = await demo('--nodes=2');
    assert.equal(code, 2);
    assert.match(error, /a SQLite store has one owner/);
  });
});

async function expectTrue(node) {
  const report = await node.expectTrueBooks();
  expectJson(await node.adminClient.get('/readyz'));
  return report;
}
