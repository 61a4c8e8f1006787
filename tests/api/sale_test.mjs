// Goal: whatever runs at once, a sale gives out exactly what there is: never one too many, never
// two of one rank, never more than a user may hold, and everybody else knows that they got none.
// Method: crowds whose connections are open before the first of them asks; afterwards the answers,
// the books and `dibs verify` must tell the same story.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { countByStatus } from './support/crowd.mjs';
import {
  ascending, expectAlreadyRegistered, expectIssued, expectProblem, expectRegistered, upTo,
} from './support/expect.mjs';
import { Shop } from './support/shop.mjs';

for (const settings of [{ 'group-max': 1, 'http-threads': 1 },
  { 'group-max': 4096, 'http-threads': 8, readers: 8 }]) {
  test(`a sale adds up with ${JSON.stringify(settings)}`, async () => {
    // Groups of one make 500 commits, one after another: over a server that may take its time.
    const shop = await Shop.open({ settings: { 'request-deadline-ms': 60_000, ...settings } });
    const coupon = await shop.operator.announce({ stock: 200 });
    const answers = await shop.askAtOnce(coupon.id, shop.users('anybody', 500));
    assert.deepEqual(countByStatus(answers), { 201: 200, 400: 300 });
    const ranks = answers.filter(({ status }) => status === 201).map(({ json }) => json.rank);
    assert.deepEqual(ascending(ranks), upTo(200));
    await shop.close();
  });
}

describe('a sale', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  test('of 1,000 coupons to 5,000 users gives out the ranks 1 to 1,000, each once', async () => {
    const coupon = await shop.operator.announce({ stock: 1000 });
    const users = shop.users('crowd', 5000);
    const answers = await shop.askAtOnce(coupon.id, users);

    assert.deepEqual(countByStatus(answers), { 201: 1000, 400: 4000 });
    const issued = answers.filter(({ status }) => status === 201)
      .map((answer) => expectIssued(answer, coupon));
    assert.deepEqual(ascending(issued.map(({ rank }) => rank)), upTo(1000));
    assert.equal(new Set(issued.map(({ id }) => id)).size, 1000);
    for (const answer of answers.filter(({ status }) => status === 400)) {
      expectProblem(answer, 400, 'coupon-sold-out');
    }

    const stock = await shop.operator.stock(coupon.id);
    assert.deepEqual([stock.stock, stock.issued], [0, 1000]);
    const winners = users.filter((_, i) => answers[i].status === 201);
    const registrations = await shop.operator.registrations(coupon.id);
    assert.deepEqual(registrations.map(({ userId }) => userId).sort(), winners.sort());
    await shop.expectTrueBooks();
  });

  test('gives the same user who asks a hundred times at once one coupon', async () => {
    const coupon = await shop.operator.announce({ stock: 1000 });
    const answers = await shop.askAtOnce(coupon.id, new Array(100).fill('impatient'));
    assert.deepEqual(countByStatus(answers), { 201: 1, 409: 99 });
    const registered = expectIssued(answers.find(({ status }) => status === 201), coupon);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      assert.deepEqual(expectAlreadyRegistered(answer), [registered]);
    }
    assert.deepEqual(await shop.customer('impatient').allHoldings(), [registered]);
    assert.equal((await shop.operator.stock(coupon.id)).stock, 999);
  });

  test('gives a user as many as the limit per user says, asked for at once', async () => {
    const coupon = await shop.operator.announce({ stock: 1000, limitPerUser: 3 });
    const users = ['greedy-1', 'greedy-2', 'greedy-3'];
    const answers = await shop.askAtOnce(coupon.id, users.flatMap((user) => Array(20).fill(user)));
    assert.deepEqual(countByStatus(answers), { 201: 9, 409: 51 });
    for (const answer of answers.filter(({ status }) => status === 409)) {
      assert.equal(expectAlreadyRegistered(answer).length, 3);
    }
    const registrations = await shop.operator.registrations(coupon.id);
    for (const user of users) {
      const theirs = registrations.filter(({ userId }) => userId === user);
      assert.deepEqual(theirs.map(({ nth }) => nth), [1, 2, 3], user);
    }
  });

  test('never gives a user of a nearly sold-out coupon more than is left', async () => {
    const coupon = await shop.operator.announce({ stock: 2, limitPerUser: 3 });
    const answers = await shop.askAtOnce(coupon.id, Array(20).fill('late-and-greedy'));
    assert.deepEqual(countByStatus(answers), { 201: 2, 400: 18 });
  });

  test('restocked in the middle gives out exactly stock and restock', async () => {
    const coupon = await shop.operator.announce({ stock: 400 });
    const users = shop.users('restocked', 1500);
    let restocked;
    const answers = await shop.askAtOnce(coupon.id, users, {
      connections: 300,
      whenAnswered(answer) {
        if (answer.status === 201 && expectIssued(answer).rank === 380) {
          restocked = shop.operator.restock(coupon.id, 250);
        }
      },
    });
    const event = await restocked;
    assert.equal(event.amount, 250);
    const refused = users.filter((_, i) => answers[i].status !== 201);
    const again = await shop.askAtOnce(coupon.id, refused, { connections: 300 });
    const issued = [...answers, ...again].filter(({ status }) => status === 201)
      .map((answer) => expectIssued(answer));
    assert.deepEqual(ascending(issued.map(({ rank }) => rank)), upTo(650),
      'a restock leaves no hole in the ranks');
    const { stock, issued: count } = await shop.operator.stock(coupon.id);
    assert.deepEqual([stock, count], [0, 650]);
  });

  test('of several coupons at once keeps their books apart', async () => {
    const coupons = [];
    for (const stock of [10, 200, 500]) coupons.push(await shop.operator.announce({ stock }));
    const users = shop.users('window-shopper', 300);
    const all = await Promise.all(coupons.map(({ id }) =>
      shop.askAtOnce(id, users, { connections: 100 })));
    assert.deepEqual(all.map(countByStatus),
      [{ 201: 10, 400: 290 }, { 201: 200, 400: 100 }, { 201: 300 }]);
    for (const [i, answers] of all.entries()) {
      const ranks = answers.filter(({ status }) => status === 201).map(({ json }) => json.rank);
      assert.deepEqual(ascending(ranks), upTo([10, 200, 300][i]));
    }
  });

  test('shows what is left and what was issued in one piece at every moment', async () => {
    const coupon = await shop.operator.announce({ stock: 800 });
    let isOver = false;
    const sale = shop.askAtOnce(coupon.id, shop.users('watched', 1500), { connections: 50 })
      .finally(() => { isOver = true; });
    let looks = 0;
    for (let last = 0; !isOver || looks === 0; looks += 1) {
      const { stock, issued } = await shop.operator.stock(coupon.id);
      assert.equal(stock + issued, 800);
      const shown = await shop.operator.coupon(coupon.id);
      assert.equal(shown.stock + shown.issued, 800);
      assert.equal(shown.sequence, shown.issued + 1, 'one event each, and the one that stocked');
      assert.ok(issued >= last && shown.issued >= issued, 'never back');
      last = shown.issued;
    }
    assert.deepEqual(countByStatus(await sale), { 201: 800, 400: 700 });
  });

  test('never shows anybody a half-written registration', async () => {
    const coupon = await shop.operator.announce({ stock: 2000, limitPerUser: 40 });
    const eager = shop.customer('eager');
    const acknowledged = [];
    let isOver = false;
    const asking = shop.askAtOnce(coupon.id, Array(600).fill(eager.name), {
      connections: 8,
      whenAnswered(answer) {
        if (answer.status === 201) acknowledged.push(answer.json.id);
      },
    }).finally(() => { isOver = true; });
    let looks = 0;
    while (!isOver || looks < 3) {
      const before = [...acknowledged];
      const held = await eager.allHoldings();
      for (const item of held) expectRegistered(item, coupon);
      const ids = held.map(({ id }) => id);
      for (const id of before) assert.ok(ids.includes(id), `${id} was acknowledged and is listed`);
      assert.deepEqual(held.map(({ rank }) => rank), upTo(held.length).reverse(),
        'as far as the listing goes nothing is missing');
      looks += 1;
    }
    assert.deepEqual(countByStatus(await asking), { 201: 40, 409: 560 });
  });
});
