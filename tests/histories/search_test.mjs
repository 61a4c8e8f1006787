// Goal: the checker of histories is right about all of them, not only about those that somebody
// thought of.
// Method: thousands of small random histories, right and spoilt, for which the checker has to say
// what trying every order says. DIBS_RANDOM_HISTORIES says how many (3,000), DIBS_SEED which.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { randomFrom } from './chance.mjs';
import { faultsOf } from './checker.mjs';
import { isPossible, newCoupon } from './search.mjs';

const RANDOM_HISTORIES = Number(process.env.DIBS_RANDOM_HISTORIES || 3000);

/** A small history as one coupon would have it, its times drawn around the moments it happened. */
function drawHistory(random) {
  const limitPerUser = random.upTo(2) + 1;
  let coupon = newCoupon(limitPerUser);
  const operations = [];
  const count = 4 + random.upTo(3);
  for (let at = 1; at <= count; at += 1) {
    const operation = { ...drawOperation(random, at, coupon), mark: `mark ${at}` };
    const { answer, after } = coupon.play(operation);
    coupon = after;
    const isLost = at > 1 && random.oneIn(8);
    operations.push({ ...operation, answer: isLost ? { kind: 'unknown' } : answer,
      invokedAt: at - random.pick([0, 0, 0.1, 1.2]), answeredAt: at + random.pick([0, 0.2, 1.3]) });
  }
  const marks = operations.filter(({ call }) => call !== 'ask' && call !== 'look');
  const events = coupon.events.map((event, i) => ({
    ...event, sequence: i + 1, reason: event.kind === 'issued' ? undefined : event.mark,
    stockAfter: sum(coupon.events.slice(0, i + 1).map(({ amount }) => amount)),
    issuedAfter: coupon.events.slice(0, i + 1).filter(({ kind }) => kind === 'issued').length,
  }));
  nameMarks(events, marks);
  return { operations, events, limitPerUser };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** An event's reason is the mark of the operation that wrote it: those are in the same order. */
function nameMarks(events, operators) {
  const left = operators.filter(({ answer }) => ['appended', 'unknown'].includes(answer.kind));
  for (const event of events) {
    if (event.kind === 'issued') continue;
    const at = left.findIndex(({ amount, of, answer }) =>
      (answer.sequence ?? event.sequence) === event.sequence
      && (event.kind === 'returned' ? of === event.of : amount === event.amount));
    event.reason = left[at].mark;
    left.splice(at, 1);
  }
}

function drawOperation(random, at, coupon) {
  if (at === 1) return { call: 'announce', amount: 1 + random.upTo(1) };
  const user = random.pick(['ann', 'bob']);
  return random.pick([
    { call: 'ask', user },
    { call: 'ask', user, key: random.pick(['k', 'l']) },
    { call: 'ask', user: 'cid' },
    { call: 'changeStock', amount: random.pick([1, 2, -1]) },
    { call: 'takeBack', of: 1 + random.upTo(coupon.events.length) },
    { call: 'look', what: random.pick(['stock', 'offer', 'history']) },
    { call: 'look', what: 'holdings', user },
  ]);
}

/** Spoils, or perhaps doesn't: the two ways of checking have to agree on it in any case. */
function spoil(random, { operations, events, limitPerUser }) {
  const changed = operations.map((operation) => ({ ...operation, answer: { ...operation.answer } }));
  const one = random.pick(changed);
  const other = random.pick(changed);
  random.pick([
    () => { one.invokedAt += 3; one.answeredAt += 3; },
    () => { one.invokedAt -= 3; one.answeredAt -= 3; },
    () => { [one.invokedAt, other.invokedAt] = [other.invokedAt, one.invokedAt];
      [one.answeredAt, other.answeredAt] = [other.answeredAt, one.answeredAt]; },
    () => { one.answeredAt = one.invokedAt + 0.05; },
    () => { if (one.call === 'ask') one.answer = { kind: 'soldOut' }; },
    () => { if (one.answer.remaining !== undefined) one.answer.remaining += 1; },
    () => { if (one.answer.items) one.answer.items = []; },
    () => { if (one.call === 'ask' && one.answer.kind === 'issued') one.answer = { kind: 'nothing' }; },
  ])();
  return { operations: changed, events, limitPerUser };
}

test(`${RANDOM_HISTORIES} random histories are judged as by trying every order`, (t) => {
  const random = randomFrom(Number(process.env.DIBS_SEED || 17));
  const counts = { right: 0, wrong: 0 };
  for (let i = 0; i < RANDOM_HISTORIES; i += 1) {
    const drawn = drawHistory(random);
    const history = random.oneIn(4) ? drawn : spoil(random, spoil(random, drawn));
    const faults = faultsOf(history);
    const isRightByTrying = isPossible(history);
    assert.equal(faults.length === 0, isRightByTrying,
      `${JSON.stringify(history, null, 1)}\n${faults.join('\n')}`);
    counts[isRightByTrying ? 'right' : 'wrong'] += 1;
  }
  t.diagnostic(`${counts.right} right, ${counts.wrong} wrong`);
  assert.ok(counts.right > RANDOM_HISTORIES / 5 && counts.wrong > RANDOM_HISTORIES / 5);
});
