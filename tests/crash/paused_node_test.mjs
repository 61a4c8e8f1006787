// Goal: a node that stands still in the middle of a group, and goes on long after others have taken
// its turn, can't write over them; and while it stands, the others go on. Method: four nodes under
// load on one database; one is stopped by SIGSTOP for as long as DIBS_PAUSE_SECONDS says (5; the
// full trial 30), goes on by SIGCONT; then an exact account.

import { setTimeout as pause } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sharedPostgres } from '../api/support/postgres.mjs';
import { Account, operatorOf, startNodes } from './support/account.mjs';

const PAUSE_MS = 1_000 * Number(process.env.DIBS_PAUSE_SECONDS || 5);

test('a node that stood still writes over nobody', { timeout: 600_000 }, async (t) => {
  const database = await (await sharedPostgres()).createDatabase();
  const nodes = await startNodes(database.url, 4, { 'allow-fsync-off': true });
  const coupon = await operatorOf(nodes[0]).announce({ stock: 1_000_000 });
  const everybody = new Account(coupon, nodes);
  t.after(() => everybody.stopLoad());
  everybody.load(6);
  await everybody.isNormalAgain(500);

  const stopped = nodes[3];
  for (let round = 0; round < 3; round += 1) {
    stopped.signal('SIGSTOP');
    const before = everybody.acknowledged;
    // The pause itself is what is tried; whether the others go on meanwhile is looked at after it.
    await pause(PAUSE_MS);
    assert.ok(everybody.acknowledged > before + 100, 'the others went on');
    stopped.signal('SIGCONT');
    await everybody.isNormalAgain(200);
  }
  await everybody.stopLoad();
  t.diagnostic(`${everybody.acknowledged} acknowledged, ${everybody.open.length} without an answer at first`);
  await everybody.settle(nodes[0], database.url);
  for (const node of nodes) await node.stop();
});
