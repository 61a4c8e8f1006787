// Goal: once a coupon is sold out, those who come too late are told so without a look at the store;
// whoever holds it still gets their own answer; and the moment there is stock again, it is open.
// Method: the store counts its statements on the metrics page. While that number stands still,
// nothing was asked of it.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { countByStatus } from './support/crowd.mjs';
import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem,
} from './support/expect.mjs';
import { isOnPostgres } from './support/postgres.mjs';
import { Shop } from './support/shop.mjs';

const STATEMENTS = 'dibs_store_statements_total';
const CLOSED = 'dibs_sold_out_coupons';

// choice: over a store with several owners a node looks now and then whether others have restocked: a
// few times a second, however many ask. Far fewer than those who are refused here.
const LOOKS_MAX = isOnPostgres ? 200 : 0;

function expectUntouched(before, after) {
  assert.ok(after - before <= LOOKS_MAX, `${after - before} statements were run`);
}

describe('a coupon that is sold out', () => {
  let shop;
  let coupon;
  let registered;
  let holder;
  let latecomers = 0;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const latecomer = () => shop.customer(`too-late-${(latecomers += 1)}`);

  beforeEach(async () => {
    coupon = await shop.operator.announce({ stock: 1 });
    holder = shop.customer(`holder-of-${coupon.id}`);
    registered = expectIssued(await holder.ask(coupon.id, { key: '"mine"' }));
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
    await shop.operator.metricBecomes(CLOSED, 1);
  });

  // Opened, so that the next test's coupon is the only one that is closed.
  afterEach(() => shop.operator.restock(coupon.id, 1));

  test('refuses a thousand people without one statement to the store', async () => {
    const before = await shop.operator.metric(STATEMENTS);
    const answers = await shop.askAtOnce(coupon.id, shop.users(`late-for-${coupon.id}`, 1000),
      { connections: 100 });
    expectUntouched(before, await shop.operator.metric(STATEMENTS));
    assert.deepEqual(countByStatus(answers), { 400: 1000 });
    for (const answer of answers) expectProblem(answer, 400, 'coupon-sold-out');
  });

  test('refuses with a key just so, and counts it as the outcome that it is', async () => {
    const counted = () => shop.operator.metric('dibs_issue_total', { outcome: 'coupon-sold-out' });
    const statements = await shop.operator.metric(STATEMENTS);
    const before = await counted();
    const answer = await latecomer().ask(coupon.id, { key: '"mine"' });
    expectProblem(answer, 400, 'coupon-sold-out');
    expectUntouched(statements, await shop.operator.metric(STATEMENTS));
    assert.equal(await counted(), before + 1);
  });

  test('still tells its holder what they hold, and repeats their first answer', async () => {
    assert.deepEqual(expectAlreadyRegistered(await holder.ask(coupon.id)), [registered]);
    const again = await holder.ask(coupon.id, { key: '"mine"' });
    assert.deepEqual(expectIssued(again), registered);
    assert.equal(again.fields['idempotent-replayed'], 'true');
  });

  test('is open at once when it was restocked', async () => {
    await shop.operator.restock(coupon.id, 2);
    assert.equal(expectIssued(await latecomer().ask(coupon.id)).rank, 2);
    assert.equal(expectIssued(await latecomer().ask(coupon.id)).rank, 3);
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
  });

  test('is open at once when one was given back', async () => {
    expectJson(await shop.operator.takeBack(registered.id), 201);
    assert.equal(expectIssued(await latecomer().ask(coupon.id)).rank, 2);
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
    expectProblem(await holder.ask(coupon.id), 400, 'coupon-sold-out');
  });

  test('is open to whoever gave it back, too', async () => {
    expectJson(await shop.operator.takeBack(registered.id), 201);
    const next = expectIssued(await holder.ask(coupon.id));
    assert.equal(next.rank, 2);
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
    assert.deepEqual(expectAlreadyRegistered(await holder.ask(coupon.id)), [next]);
  });

  test('is sold out again, without the store, once the restock is gone', async () => {
    await shop.operator.restock(coupon.id, 1);
    assert.equal(await shop.operator.metric(CLOSED), 0);
    const second = latecomer();
    const held = expectIssued(await second.ask(coupon.id));
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
    await shop.operator.metricBecomes(CLOSED, 1);
    const before = await shop.operator.metric(STATEMENTS);
    expectProblem(await latecomer().ask(coupon.id), 400, 'coupon-sold-out');
    expectUntouched(before, await shop.operator.metric(STATEMENTS));
    assert.deepEqual(expectAlreadyRegistered(await second.ask(coupon.id)), [held],
      'who got the restock is a holder too');
  });

  test('restocked while everybody presses the button gives out exactly what came', async () => {
    const users = shop.users(`pressing-${coupon.id}`, 600);
    const restocks = [];
    const answers = await shop.askAtOnce(coupon.id, users, {
      connections: 100,
      whenAnswered(_, at) {
        if (at % 150 === 0) restocks.push(shop.operator.restock(coupon.id, 5));
      },
    });
    await Promise.all(restocks);
    const again = await shop.askAtOnce(coupon.id,
      users.filter((_, i) => answers[i].status !== 201), { connections: 100 });
    const issued = [...answers, ...again].filter(({ status }) => status === 201);
    assert.equal(issued.length, 5 * restocks.length);
    const { stock, issued: count } = await shop.operator.stock(coupon.id);
    assert.deepEqual([stock, count], [0, 1 + 5 * restocks.length]);
  });

  test('does not keep another one closed', async () => {
    const other = await shop.operator.announce({ stock: 1 });
    expectIssued(await latecomer().ask(other.id));
  });
});
