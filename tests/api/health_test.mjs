// Goal: probes and Prometheus get what they expect, without credentials, on the operators' side:
// alive, ready or not, and metrics whose numbers move with what happens.
// Method: the exposition format is read strictly; counters are compared before and after something
// of which the number is known.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { expectIssued, expectJson, expectProblem, expectStatus } from './support/expect.mjs';
import { parseMetrics, valueOf } from './support/metrics.mjs';
import { eventually } from './support/poll.mjs';
import { isOnPostgres } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';
import { sql } from './support/sqlite_shell.mjs';

/** What has to be on the page, by type. */
const REQUIRED = {
  histogram: ['dibs_issue_duration_seconds', 'dibs_commit_duration_seconds', 'dibs_group_size',
    'dibs_compaction_step_duration_seconds'],
  counter: ['dibs_issue_total', 'dibs_store_statements_total', 'dibs_groups_committed_total',
    'dibs_groups_in_doubt_total', 'dibs_groups_retried_total', 'dibs_compaction_runs_total',
    'dibs_compaction_events_total',
    'dibs_http_requests_total', 'dibs_http_connections_accepted_total',
    'dibs_http_connections_refused_total', 'dibs_http_malformed_total',
    'dibs_http_timed_out_total', 'dibs_store_checkpoints_total'],
  gauge: ['dibs_build_info', 'dibs_sold_out_coupons', 'dibs_waiting_line_length',
    'dibs_waiting_line_max', 'dibs_store_size_bytes', 'dibs_http_connections_open'],
};

/** Units that are not base units (Prometheus: seconds, bytes), in a metric's name. */
const NOT_A_BASE_UNIT = /_(ms|milliseconds|us|microseconds|ns|minutes|kb|kib|mb|mib|percent)(_|$)/;

describe('the operators\' listener', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const get = (path) => shop.adminClient.get(path);

  test('is alive at /livez and /healthz, and ready at /readyz', async () => {
    const alive = expectJson(await get('/livez'));
    assert.deepEqual(expectJson(await get('/healthz')), alive);
    const ready = expectJson(await get('/readyz'));
    assert.equal(ready.status, 'ready');
    assert.match(ready.durability, /\backnowledged\b/);
    assert.equal(shop.service.logged('store-opened')[0].durability, ready.durability);
  });

  test('is not ready while the schema is another one', { skip: isOnPostgres }, async () => {
    await sql(shop.store, 'INSERT INTO schema_migration VALUES (9999, \'to come\', 0);');
    try {
      expectProblem(await get('/readyz'), 503, 'store-unavailable');
      expectStatus(await get('/livez'), 200);
    } finally {
      await sql(shop.store, 'DELETE FROM schema_migration WHERE number = 9999;');
    }
    expectStatus(await get('/readyz'), 200);
  });

  test('shows metrics in Prometheus\' format, each with help and type', async () => {
    const answer = expectStatus(await get('/metrics'), 200);
    assert.match(answer.fields['content-type'], /^text\/plain; version=0\.0\.4\b/);
    const families = parseMetrics(answer.text);
    for (const [type, names] of Object.entries(REQUIRED)) {
      for (const name of names) {
        assert.equal(families.get(name)?.type, type, `${name} is a ${type}`);
      }
    }
    for (const { name, type, help, samples } of families.values()) {
      assert.ok(name.startsWith('dibs_'), name);
      assert.ok(help, `${name} says what it is`);
      assert.ok(samples.length > 0, `${name} has a value`);
      assert.doesNotMatch(name, NOT_A_BASE_UNIT);
      assert.equal(type === 'counter', name.endsWith('_total'), `${name} is a ${type}`);
    }
  });

  test('shows histograms whose buckets add up', async () => {
    const coupon = await shop.operator.announce();
    expectIssued(await shop.customer('measured').ask(coupon.id));
    const families = await shop.operator.metrics();
    for (const { name, type, samples } of families.values()) {
      if (type !== 'histogram') continue;
      for (const [labels, ofOne] of groupBy(samples, labelsOf)) {
        const buckets = ofOne.filter((sample) => sample.name === `${name}_bucket`);
        const bounds = buckets.map((bucket) => Number(bucket.labels.le.replace('Inf', 'Infinity')));
        assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b), `${name} ${labels}`);
        assert.equal(bounds.at(-1), Infinity);
        const counts = buckets.map(({ value }) => value);
        assert.deepEqual(counts, [...counts].sort((a, b) => a - b), `${name} ${labels}`);
        const count = ofOne.find((sample) => sample.name === `${name}_count`).value;
        assert.equal(counts.at(-1), count);
        const sum = ofOne.find((sample) => sample.name === `${name}_sum`).value;
        assert.equal(sum > 0, count > 0, `${name} ${labels}: ${sum} in ${count}`);
      }
    }
  });

  test('counts every outcome once', async () => {
    const hour = 3_600_000;
    const early = await shop.operator.announce({
      from: new Date(Date.now() + hour).toISOString(),
      to: new Date(Date.now() + 2 * hour).toISOString(),
    });
    const over = await shop.operator.announce({
      from: new Date(Date.now() - 2 * hour).toISOString(),
      to: new Date(Date.now() - hour).toISOString(),
    });
    const open = await shop.operator.announce({ stock: 1 });
    const before = await outcomes();
    const alice = shop.customer('alice');
    expectIssued(await alice.ask(open.id, { key: '"k"' }));
    expectIssued(await alice.ask(open.id, { key: '"k"' }));
    expectProblem(await alice.ask(open.id), 409, 'coupon-already-registered');
    expectProblem(await shop.customer('bob').ask(open.id), 400, 'coupon-sold-out');
    expectProblem(await alice.ask(early.id), 400, 'coupon-not-started');
    expectProblem(await alice.ask(over.id), 400, 'coupon-ended');
    expectProblem(await alice.ask(999999), 404, 'coupon-not-found');
    const now = await outcomes();
    const grown = Object.entries(now)
      .map(([outcome, value]) => [outcome, value - (before[outcome] ?? 0)])
      .filter(([, growth]) => growth !== 0);
    assert.deepEqual(Object.fromEntries(grown), {
      'coupon-already-registered': 1,
      'coupon-ended': 1,
      'coupon-not-found': 1,
      'coupon-not-started': 1,
      'coupon-sold-out': 1,
      issued: 1,
      replayed: 1,
    });
  });

  test('counts the groups and what they cost', async () => {
    const coupon = await shop.operator.announce({ stock: 100 });
    const committed = (page) => valueOf(page, 'dibs_groups_committed_total');
    const decided = (page) => valueOf(page, 'dibs_group_size_sum');
    const before = await shop.operator.metrics();
    await shop.askAtOnce(coupon.id, shop.users('grouped', 100), { connections: 100 });
    const page = await shop.operator.metrics();
    assert.equal(decided(page) - decided(before), 100, 'everyone was in one group');
    const groups = committed(page) - committed(before);
    assert.ok(groups >= 1 && groups <= 100, `${groups} groups`);
    assert.equal(valueOf(page, 'dibs_commit_duration_seconds_count')
      - valueOf(before, 'dibs_commit_duration_seconds_count'), groups);
  });

  test('counts connections and what else there is', async () => {
    const open = await shop.operator.metric('dibs_http_connections_open');
    assert.ok(open >= 0);
    await shop.publicClient.get('/');
    await eventually('a customer\'s connection is counted', async () =>
      (await shop.operator.metric('dibs_http_connections_open')) >= 1);
    assert.equal(await shop.operator.metric('dibs_waiting_line_length'), 0);
    assert.equal(await shop.operator.metric('dibs_waiting_line_max'), 16384);
    assert.equal(await shop.operator.metric('dibs_build_info'), 1);
    assert.ok(await shop.operator.metric('dibs_store_size_bytes') > 10_000);
  });

  async function outcomes() {
    const { samples } = (await shop.operator.metrics()).get('dibs_issue_total');
    return Object.fromEntries(samples.map(({ labels, value }) => [labels.outcome, value]));
  }
});

/** All labels but the bucket's bound. */
function labelsOf({ labels: { le, ...labels } }) {
  return JSON.stringify(labels);
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  }
  return groups;
}
