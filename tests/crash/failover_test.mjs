// Goal: when the PostgreSQL primary dies, nothing that was acknowledged is lost, nothing is there
// twice, the service is as before once the standby has taken over, and the old primary can't
// acknowledge anything. Method: a primary with a synchronous standby; two nodes under load; SIGKILL
// to all of the primary, promotion, the dead one made the new standby; then an exact account.
// DIBS_FAILOVERS says how many times (3).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Account, operatorOf, startNodes } from './support/account.mjs';
import { PostgresPair } from './support/postgres_pair.mjs';

const FAILOVERS = Number(process.env.DIBS_FAILOVERS || 3);

// choice: somebody who waits longer has gone; a failover with promotion takes a second or two.
const PATIENCE_MS = 60_000;

test(`what was acknowledged survives ${FAILOVERS} failovers`, { timeout: 3_600_000 }, async (t) => {
  const pair = await PostgresPair.make();
  const nodes = await startNodes(pair.url, 2);
  const coupon = await operatorOf(nodes[0]).announce({ stock: 1_000_000 });
  const account = new Account(coupon, nodes);
  t.after(() => account.stopLoad());
  account.load(8);
  await account.isNormalAgain(200);

  let longest = 0;
  for (let i = 0; i < FAILOVERS; i += 1) {
    const begunAt = Date.now();
    await pair.failOver();
    await account.isNormalAgain(100, { within: PATIENCE_MS });
    longest = Math.max(longest, Date.now() - begunAt);
  }
  await account.stopLoad();
  const doubtful = account.open.length;
  await account.settle(nodes[1], pair.url);
  t.diagnostic(`${account.acknowledged} acknowledged, ${doubtful} without an answer at first, `
    + `as before within ${longest} ms at the longest`);
  assert.ok(doubtful > 0, 'the kills came in the middle of things');

  // The one that dies last comes back as it was, and has no standby to wait for.
  await pair.primary.kill();
  await pair.standby.promote();
  [pair.primary, pair.standby] = [pair.standby, pair.primary];
  assert.equal(await pair.oldPrimaryAcknowledges(2_000), false);
  for (const node of nodes) await node.kill();
});
