// Goal: a 201 is a promise that survives the process: whatever moment it is killed at, everything
// that was acknowledged is in the books, nothing is there twice, and repeating is safe.
// Method: cycles of load, SIGKILL after a random number of answers, restart, and an exact account:
// each row of the books must be claimed by exactly one request, by its key. DIBS_KILL_CYCLES says
// how many cycles (100).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openConnections } from '../api/support/crowd.mjs';
import { askRequest } from '../api/support/customer.mjs';
import { expectIssued, expectJson } from '../api/support/expect.mjs';
import { Shop } from '../api/support/shop.mjs';
import { requestText } from '../api/support/wire.mjs';

const CYCLES = Number(process.env.DIBS_KILL_CYCLES || 100);
const CONNECTIONS = 24;
const REQUESTS = 400;
const USERS = 130;  // Each asks about three times; two is what one may hold.
const LIMIT = 2;
const STOCK = 220;  // Fewer than are asked for, so that late kills meet a sold-out coupon.

const randomUpTo = (last) => Math.floor(Math.random() * (last + 1));

/** What is asked in a cycle: each request has a key of its own. */
function planOf(cycle, couponId) {
  return Array.from({ length: REQUESTS }, (_, i) =>
    ({ couponId, user: `cycle-${cycle}-user-${i % USERS}`, key: `"${cycle}-${i}"` }));
}

/** Sends the requests over the connections, in turn; `settle` hears each answer, or null. */
async function sendAll(shop, plan, settle) {
  const connections = await openConnections(shop.url, CONNECTIONS);
  let next = 0;
  await Promise.all(connections.map(async (connection) => {
    while (next < plan.length) {
      const request = plan[next];
      next += 1;
      const { user, key, couponId } = request;
      const { method, path, ...rest } = askRequest(couponId, shop.identity.fieldsOf(user), key);
      try {
        settle(request, await connection.ask(requestText(method, path, rest)));
      } catch {
        settle(request, null);
        return;
      }
    }
  }));
  for (const connection of connections) connection.close();
}

/** Load, and SIGKILL in the middle of it. What was acknowledged, and what was not answered. */
async function killUnderLoad(shop, cycle, coupon) {
  const killAfter = randomUpTo(REQUESTS - 1);
  const acknowledged = new Map();
  const unanswered = [];
  let answers = 0;
  let killed;
  const kill = () => { killed ??= shop.kill(); };
  const operators = disturb(shop, cycle, coupon);
  await sendAll(shop, planOf(cycle, coupon.id), (request, answer) => {
    if (answer === null) unanswered.push(request);
    else if (answer.status === 201) acknowledged.set(request, answer);
    answers += 1;
    if (answers > killAfter) kill();
  });
  kill();
  await killed;
  return { acknowledged, unanswered, restocked: await operators };
}

/** What operators do meanwhile, now and then: a fold, a restock. How much surely was added. */
async function disturb(shop, cycle, coupon) {
  try {
    if (cycle % 3 === 0) await shop.operator.post('/admin/v1/compactions', undefined);
    if (cycle % 4 === 0) return (await shop.operator.restock(coupon.id, 30)).amount;
  } catch {
    // Killed under it: whether it was added is for the books to say.
  }
  return 0;
}

/** The account after a restart: the books against what was promised and what may have been. */
async function settleAccounts(shop, coupon, { acknowledged, unanswered, restocked }) {
  const registrations = await shop.operator.registrations(coupon.id);
  const kept = new Map(registrations.map((row) => [row.id, row]));
  assert.equal(kept.size, registrations.length, 'no id twice');
  for (const [{ user }, answer] of acknowledged) {
    const { id, rank, registeredAt } = expectIssued(answer, coupon);
    const row = kept.get(id);
    assert.ok(row, `${id} was acknowledged and is in the books`);
    assert.deepEqual([row.userId, row.rank, row.registeredAt], [user, rank, registeredAt]);
  }
  const { stock, issued } = await shop.operator.stock(coupon.id);
  assert.equal(issued, registrations.length);
  assert.ok(stock + issued >= STOCK + restocked, 'an acknowledged restock is in the books');

  // Everybody asks again, with the same key.
  const claimed = [];
  await sendAll(shop, [...acknowledged.keys(), ...unanswered], (request, answer) => {
    const first = acknowledged.get(request);
    if (first) assert.equal(answer.text, first.text, 'the same coupon as the first time');
    const isReplay = answer.fields['idempotent-replayed'] === 'true';
    if (first) assert.ok(isReplay);
    if (isReplay) claimed.push(answer.json.id);
    else if (answer.status === 201) assert.ok(!kept.has(answer.json.id), 'a new one');
    else assert.ok([400, 409].includes(answer.status), answer.text);
  });
  assert.deepEqual(claimed.sort(), [...kept.keys()].sort(),
    'each row of the books belongs to exactly one request');
}

test(`what was acknowledged survives ${CYCLES} kills`, { timeout: 3_600_000 }, async (t) => {
  const shop = await Shop.open({ settings: { 'compact-step': 20 } });
  const promised = new Map();
  let doubtful = 0;
  for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
    const coupon = await shop.operator.announce({ stock: STOCK, limitPerUser: LIMIT });
    const outcome = await killUnderLoad(shop, cycle, coupon);
    await shop.expectTrueBooks();
    await shop.start();
    await settleAccounts(shop, coupon, outcome);
    await shop.expectTrueBooks();
    for (const [{ user }, answer] of outcome.acknowledged) promised.set(answer.json.id, user);
    doubtful += outcome.unanswered.length;
  }
  t.diagnostic(`${promised.size} acknowledged, ${doubtful} cut off`);
  assert.ok(promised.size > 0 && doubtful > 0, 'the kills came in the middle of things');

  for (const [id, user] of promised) {
    assert.equal(expectJson(await shop.customer(user).holding(id)).id, id, 'to the very end');
  }
  await shop.close();
});
