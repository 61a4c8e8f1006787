// Goal: whatever happens to the wire while a group is being committed, the outcome is found by
// looking, or the customer is told that it is not known; nothing is issued twice. Method: a proxy
// in front of PostgreSQL that cuts, stalls and half-closes connections at chosen batches, before and
// after they reach the server; two nodes under load; then an exact account.
// DIBS_CUTS says how often each fault is done (5).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { eventually } from '../api/support/poll.mjs';
import { sharedPostgres } from '../api/support/postgres.mjs';
import { Account, operatorOf, startNodes } from './support/account.mjs';
import { CuttingProxy, faults } from './support/cutting_proxy.mjs';

/** The same URL with the password in it: a file of passwords knows only the server's own port. */
function withPassword(url) {
  const { searchParams, port, username } = new URL(url);
  const line = readFileSync(searchParams.get('passfile'), 'utf8').split('\n')
    .map((text) => text.split(':'))
    .find(([, ofPort, , ofUser]) => ofPort === port && ofUser === username);
  return url.replace(`${username}@`, `${username}:${line[4]}@`);
}

const CUTS = Number(process.env.DIBS_CUTS || 5);

test('a wire that breaks in a commit loses nothing and doubles nothing', { timeout: 600_000 }, async (t) => {
  const database = await (await sharedPostgres()).createDatabase();
  const port = Number(new URL(database.url).port);
  const proxy = await CuttingProxy.open({ host: '127.0.0.1', port });
  const nodes = await startNodes(proxy.through(withPassword(database.url)), 2,
    { 'allow-fsync-off': true, 'request-deadline-ms': 3_000 });
  const coupon = await operatorOf(nodes[0]).announce({ stock: 1_000_000 });
  const account = new Account(coupon, nodes);
  t.after(() => account.stopLoad());
  account.load(6);
  await account.isNormalAgain(100);

  for (let round = 0; round < CUTS; round += 1) {
    for (const name of Object.keys(faults)) {
      const before = proxy.done[name] ?? 0;
      proxy.arm(name);
      await eventually(`${name} is done`, () => (proxy.done[name] ?? 0) > before);
      await account.isNormalAgain(20, { within: 30_000 });
    }
  }
  await account.stopLoad();
  t.diagnostic(`${account.acknowledged} acknowledged, ${account.open.length} without an answer at first, `
    + JSON.stringify(proxy.done));
  await account.settle(nodes[0], database.url);
  for (const node of nodes) assert.equal((await node.stop()).code, 0);
});
