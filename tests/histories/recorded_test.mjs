// Goal: what clients see of a coupon, all of them together, could have come from one coupon that
// does one thing at a time: ranks follow real time, nobody is refused while there is something
// left, every listing and every stock is of one moment between question and answer, and none of it
// goes back; through kills, and on several nodes.
// Method: black-box runs whose every question and answer is recorded with its times, judged by
// checker.mjs. DIBS_HISTORY_OPERATIONS says how many operations a history has (2,000),
// DIBS_HISTORIES how many histories of each kind there are (1), DIBS_SEED what is drawn.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { operatorOf, startNodes } from '../crash/support/account.mjs';
import { gatewayIdentity } from '../api/support/identity.mjs';
import { eventually } from '../api/support/poll.mjs';
import { sharedPostgres } from '../api/support/postgres.mjs';
import { verify } from '../api/support/command.mjs';
import { Shop } from '../api/support/shop.mjs';
import { Actors } from './actors.mjs';
import { randomFrom } from './chance.mjs';
import { faultsOf } from './checker.mjs';
import { Recorder } from './recorder.mjs';

const OPERATIONS = Number(process.env.DIBS_HISTORY_OPERATIONS || 2000);
const HISTORIES = Number(process.env.DIBS_HISTORIES || 1);
const SEED = Number(process.env.DIBS_SEED || Date.now() % 1_000_000);

const CROWD = { customers: 12, operators: 3 };
const KILLS = 4;
const USERS = 100;
const LIMIT = 2;

// What docs/operating/postgresql.md promises: a restock at one node is known to all in a second.
const LATENESS_MAX_MS = 1000;

/** A coupon, and a recorder whose first operation is its announcement. */
async function announce(operator, wanted) {
  const recorder = new Recorder({});
  await recorder.record({ call: 'announce' }, async () => {
    recorder.coupon = await operator.announce({ stock: 20, limitPerUser: LIMIT, ...wanted });
    return { status: 201 };
  });
  return recorder;
}

const KINDS = ['ask issued', 'ask soldOut', 'ask already', 'ask issued again',
  'changeStock appended', 'takeBack appended', 'look holdings', 'look stock'];
const hasAllKinds = ({ counts }) => KINDS.every((kind) => counts[kind] > 0);

/** Waits for so many operations; where that is all, also until each kind was among them. */
const enough = (recorder, count) => eventually(`${count} operations, of ${KINDS.join(', ')}`, () =>
  recorder.operations.length >= count && (count < OPERATIONS || hasAllKinds(recorder)),
{ within: 120_000 });

async function judge(t, recorder, operator, { lagMax = 0 } = {}) {
  const { coupon, operations } = recorder;
  const raw = await operator.history(coupon.id);
  const events = raw.map(({ sequence, kind, amount, stockAfter, issuedAfter, userId, reason }) =>
    ({ sequence, kind, amount, stockAfter, issuedAfter, userId, reason }));
  const faults = faultsOf({ operations, events, limitPerUser: LIMIT, lagMax });
  t.diagnostic(`seed ${SEED}: ${operations.length} operations, ${events.length} events: `
    + JSON.stringify(recorder.counts));
  assert.deepEqual(faults.slice(0, 5), []);
}

test('on one node', { timeout: 600_000 }, async (t) => {
  const shop = await Shop.open();
  for (let i = 0; i < HISTORIES; i += 1) {
    const recorder = await announce(shop.operator);
    const { publicUrl, adminUrl } = shop.service;
    const actors = new Actors({ nodes: () => [{ publicUrl, adminUrl }], identity: shop.identity,
      recorder, random: randomFrom(SEED + i), users: USERS });
    actors.start(CROWD);
    await enough(recorder, OPERATIONS);
    await actors.stop();
    await judge(t, recorder, shop.operator);
  }
  await shop.close();
});

test('on one node that is killed in the middle of it, and killed again', { timeout: 600_000 }, async (t) => {
  const shop = await Shop.open();
  for (let i = 0; i < HISTORIES; i += 1) {
    const recorder = await announce(shop.operator);
    const random = randomFrom(SEED + i);
    const actors = new Actors({ nodes: () => [shop.service], identity: shop.identity,
      recorder, random, users: USERS });
    for (let kill = 1; kill <= KILLS; kill += 1) {
      actors.start(CROWD);
      await enough(recorder, (OPERATIONS * kill) / (KILLS + 1) + random.upTo(50));
      await shop.kill();
      await actors.stop();
      await shop.start();
      await actors.settle();
    }
    actors.start(CROWD);
    await enough(recorder, OPERATIONS);
    await actors.stop();
    assert.ok(recorder.operations.some(({ answer }) => answer.kind === 'unknown'),
      'the kills came in the middle of things');
    await judge(t, recorder, shop.operator);
  }
  await shop.close();
});

test('on two nodes of one database, one of which is killed', { timeout: 600_000 }, async (t) => {
  const database = await (await sharedPostgres()).createDatabase();
  const settings = { 'allow-fsync-off': true };
  const nodes = await startNodes(database.url, 2, settings);
  for (let i = 0; i < HISTORIES; i += 1) {
    const recorder = await announce(operatorOf(nodes[0]));
    const actors = new Actors({ nodes: () => nodes, identity: gatewayIdentity, recorder,
      random: randomFrom(SEED + i), users: USERS });
    actors.start(CROWD);
    await enough(recorder, OPERATIONS / 2);
    await nodes[1].kill();
    await actors.stop();
    [nodes[1]] = await startNodes(database.url, 1, settings);
    await actors.settle();
    actors.start(CROWD);
    await enough(recorder, OPERATIONS);
    await actors.stop();
    await judge(t, recorder, operatorOf(nodes[0]), { lagMax: LATENESS_MAX_MS });
  }
  for (const node of nodes) assert.equal((await node.stop()).code, 0);
  const { code, report, error } = await verify(database.url);
  assert.equal(code, 0, `${error}${JSON.stringify(report)}`);
});
