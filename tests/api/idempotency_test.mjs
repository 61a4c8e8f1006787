// Goal: whoever repeats a request with its Idempotency-Key gets the first answer again, byte by
// byte, whatever has happened to the coupon, the books and the service since; and only they do.
// Method: ask, change the world, ask again with the same key, and compare the bodies' bytes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { countByStatus } from './support/crowd.mjs';
import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem, expectStatus,
} from './support/expect.mjs';
import { Shop } from './support/shop.mjs';
import { Connection, requestText } from './support/wire.mjs';

const HOUR_MS = 3_600_000;

/** The answer is the first one again, and says that it is. */
function expectReplay(answer, first) {
  expectStatus(answer, 201);
  assert.equal(answer.text, first.text, 'the bodies are the same, byte by byte');
  assert.equal(answer.fields.location, first.fields.location);
  assert.equal(answer.fields['content-type'], first.fields['content-type']);
  assert.equal(answer.fields['idempotent-replayed'], 'true');
}

describe('an Idempotency-Key', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  /** Alice's first answer for a coupon of her own. */
  async function issueFirst({ user = 'alice', key = '"first"', ...wanted } = {}) {
    const coupon = await shop.operator.announce(wanted);
    const answer = await shop.customer(user).ask(coupon.id, { key });
    expectIssued(answer, coupon);
    assert.equal(answer.fields['idempotent-replayed'], undefined, 'the first is no replay');
    const again = () => shop.customer(user).ask(coupon.id, { key });
    return { coupon, first: answer, again };
  }

  test('repeated gets the first answer again, as often as one likes', async () => {
    const { coupon, first, again } = await issueFirst();
    for (let i = 0; i < 5; i += 1) expectReplay(await again(), first);
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 1);
  });

  test('repeated at once gets the same body everywhere, and one coupon is issued', async () => {
    const coupon = await shop.operator.announce({ limitPerUser: 5 });
    const answers = await shop.askAtOnce(coupon.id, Array(100).fill('alice'),
      { keyOf: () => '"all-at-once"' });
    assert.deepEqual(countByStatus(answers), { 201: 100 });
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    const first = answers.filter(({ fields }) => !('idempotent-replayed' in fields));
    assert.equal(first.length, 1, 'one of them was the first');
    for (const answer of answers) {
      if (answer !== first[0]) expectReplay(answer, first[0]);
    }
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 1);
  });

  test('of many users at once gives each their own coupon once', async () => {
    const coupon = await shop.operator.announce({ stock: 60 });
    const users = shop.users('twice', 100);
    const answers = await shop.askAtOnce(coupon.id, [...users, ...users],
      { keyOf: () => '"the same key everywhere"' });
    assert.deepEqual(countByStatus(answers), { 201: 120, 400: 80 });
    for (const [i] of users.entries()) {
      const [one, other] = [answers[i], answers[i + users.length]];
      assert.equal(one.status, other.status);
      if (one.status === 201) assert.equal(one.text, other.text);
    }
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 60);
    await shop.operator.restock(coupon.id, 1);
  });

  test('survives a new name, description and window', async () => {
    const { coupon, first, again } = await issueFirst({ name: 'Old name' });
    expectJson(await shop.operator.change(coupon.id, {
      name: 'New name',
      description: 'New too',
      from: new Date(Date.now() + HOUR_MS).toISOString(),
      to: new Date(Date.now() + 2 * HOUR_MS).toISOString(),
    }));
    expectReplay(await again(), first);
    const later = new Date(Date.now() - 1000).toISOString();
    expectJson(await shop.operator.change(coupon.id, { from: '2020-01-01T00:00:00Z', to: later }));
    expectReplay(await again(), first);
  });

  test('wins over sold out, before and after the refusals stop touching the store', async () => {
    const { coupon, first, again } = await issueFirst({ stock: 1 });
    expectProblem(await shop.customer('bob').ask(coupon.id), 400, 'coupon-sold-out');
    expectReplay(await again(), first);
    await shop.operator.metricBecomes('dibs_sold_out_coupons', 1);
    expectReplay(await again(), first);
    await shop.operator.restock(coupon.id, 1);
  });

  test('wins over the 409, which whoever comes with another key or none gets', async () => {
    const { coupon, first, again } = await issueFirst();
    const alice = shop.customer('alice');
    assert.deepEqual(expectAlreadyRegistered(await alice.ask(coupon.id)), [first.json]);
    const other = await alice.ask(coupon.id, { key: '"other"' });
    assert.deepEqual(expectAlreadyRegistered(other), [first.json]);
    expectReplay(await again(), first);
  });

  test('survives the fold and the return of the coupon', async () => {
    const { first, again } = await issueFirst();
    await shop.operator.compact();
    expectReplay(await again(), first);
    expectJson(await shop.operator.takeBack(first.json.id), 201);
    expectReplay(await again(), first);
  });

  test('survives a restart, and a kill', async () => {
    const { coupon, first, again } = await issueFirst({ name: 'Before the restart' });
    await shop.restart();
    expectReplay(await again(), first);
    expectJson(await shop.operator.change(coupon.id, { name: 'After it' }));
    await shop.kill();
    await shop.start();
    expectReplay(await again(), first);
  });

  test('counts for one user and one coupon', async () => {
    const { coupon, first } = await issueFirst({ user: 'carol', key: '"shared"' });
    const other = await shop.operator.announce();
    const bobs = await shop.customer('bob').ask(coupon.id, { key: '"shared"' });
    assert.notEqual(expectIssued(bobs).id, first.json.id);
    const elsewhere = await shop.customer('carol').ask(other.id, { key: '"shared"' });
    assert.equal(expectIssued(elsewhere).couponId, other.id);
    assert.equal(elsewhere.fields['idempotent-replayed'], undefined);
  });

  test('tells one coupon of several that a user may hold from the other', async () => {
    const coupon = await shop.operator.announce({ limitPerUser: 3 });
    const dave = shop.customer('dave');
    const firsts = [];
    for (const key of ['"a"', '"b"', undefined]) firsts.push(await dave.ask(coupon.id, { key }));
    assert.deepEqual(firsts.map((answer) => expectIssued(answer).rank), [1, 2, 3]);
    expectReplay(await dave.ask(coupon.id, { key: '"b"' }), firsts[1]);
    expectReplay(await dave.ask(coupon.id, { key: '"a"' }), firsts[0]);
    assert.equal(expectAlreadyRegistered(await dave.ask(coupon.id)).length, 3);
  });

  test('that was refused is free: once there is stock it gets a coupon', async () => {
    const coupon = await shop.operator.announce({ stock: 0 });
    const erin = shop.customer('erin');
    expectProblem(await erin.ask(coupon.id, { key: '"try"' }), 400, 'coupon-sold-out');
    await shop.operator.restock(coupon.id, 1);
    const answer = await erin.ask(coupon.id, { key: '"try"' });
    expectIssued(answer, coupon);
    assert.equal(answer.fields['idempotent-replayed'], undefined);
  });

  test('may be quoted or bare; what counts is the text', async () => {
    for (const [one, same] of [
      ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
      ['k', '"k"'],
      ['"with space, comma; and more"', '"with space, comma; and more"'],
      ['"back\\\\slash and \\"quote\\""', '"back\\\\slash and \\"quote\\""'],
      [`"${'x'.repeat(64)}"`, 'x'.repeat(64)],
      ['!#$%&*+-./:<=>?@^_`|~', '"!#$%&*+-./:<=>?@^_`|~"'],
    ]) {
      const { coupon, first } = await issueFirst({ key: one });
      expectReplay(await shop.customer('alice').ask(coupon.id, { key: same }), first);
    }
  });

  test('that is none is a 400 that names it, and nothing is issued', async () => {
    const coupon = await shop.operator.announce();
    const frank = shop.customer('frank');
    for (const key of [
      '', '""', '"', '"open', 'close"', '"in"side"', '"escape \\n"', '"ends with \\"', 'two words',
      `"${'x'.repeat(65)}"`, 'x'.repeat(65), '"caf\xe9"', 'caf\xe9', '"tab\there"', '"a", "b"',
    ]) {
      const answer = await frank.ask(coupon.id, { key });
      expectProblem(answer, 400, 'invalid-request', { field: 'Idempotency-Key' });
    }
    assert.equal((await shop.operator.coupon(coupon.id)).sequence, 1);
  });

  test('given twice is a 400: nobody can tell which is meant', async () => {
    const coupon = await shop.operator.announce();
    const { Authorization } = shop.customer('grace').fields;
    const connection = await Connection.open(shop.url);
    const answer = await connection.ask(
      requestText('POST', `/api/v1/coupons/${coupon.id}/me`, {
        headers: { Authorization, 'Idempotency-Key': '"a"', 'idempotency-key': '"a"' },
      }));
    connection.close();
    expectProblem(answer, 400, 'invalid-request', { field: 'Idempotency-Key' });
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 0);
  });
});
