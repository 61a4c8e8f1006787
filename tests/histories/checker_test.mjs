// Goal: the checker of histories lets through what can have been, and nothing else.
// Method: histories written by hand, one for each way of going wrong.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { faultsOf } from './checker.mjs';

/** Writes histories in the order in which they happened, each operation as long as is said. */
class Story {
  constructor({ stock = 2, limitPerUser = 1 } = {}) {
    this.limitPerUser = limitPerUser;
    this.events = [];
    this.operations = [];
    this.#did({ call: 'announce', amount: stock }, { kind: 'stocked', amount: stock }, [0, 1]);
  }

  issued(user, time, { key, userInBooks = user } = {}) {
    return this.#did({ call: 'ask', user, key },
      { kind: 'issued', amount: -1, userId: userInBooks }, time);
  }
  changed(amount, time, mark) {
    const kind = amount > 0 ? 'stocked' : 'adjusted';
    return this.#did({ call: 'changeStock', amount, mark }, { kind, amount, reason: mark }, time);
  }
  tookBack(of, time) {
    const userId = this.events[of - 1].userId;
    return this.#did({ call: 'takeBack', of }, { kind: 'returned', amount: 1, userId }, time);
  }
  asked(user, kind, time, more = {}) {
    return this.add({ call: 'ask', user, answer: { kind, ...more } }, time);
  }
  looked(answer, time, user) {
    return this.add({ call: 'look', what: answer.kind, user, answer }, time);
  }
  add(operation, [invokedAt, answeredAt]) {
    this.operations.push({ ...operation, invokedAt, answeredAt });
    return this.operations.at(-1);
  }

  #did(operation, event, time) {
    const before = this.events.at(-1) ?? { stockAfter: 0, issuedAfter: 0 };
    const sequence = this.events.length + 1;
    const stockAfter = before.stockAfter + event.amount;
    const issuedAfter = before.issuedAfter + (event.kind === 'issued' ? 1 : 0);
    this.events.push({ sequence, ...event, stockAfter, issuedAfter });
    const answer = operation.call === 'ask'
      ? { kind: 'issued', sequence, rank: issuedAfter, isReplay: false }
      : { kind: 'appended', sequence };
    return this.add({ ...operation, answer }, time);
  }
}

const isRight = (story, options) => assert.deepEqual(faultsOf({ ...story, ...options }), []);

/** The one thing that is wrong is said. */
function isWrong(story, what, options) {
  const faults = faultsOf({ ...story, ...options });
  assert.equal(faults.length, 1, `${faults.length} faults: ${faults.join('\n')}`);
  assert.match(faults[0], what);
}

describe('a history that can have been is let through:', () => {
  test('one after another, to the end of the stock and beyond', () => {
    const story = new Story();
    story.issued('ann', [2, 3]);
    story.issued('bob', [4, 5]);
    story.asked('cid', 'soldOut', [6, 7]);
    story.asked('ann', 'already', [8, 9], { held: [2] });
    story.changed(1, [10, 11], 'more');
    story.issued('cid', [12, 13]);
    story.tookBack(2, [14, 15]);
    story.looked({ kind: 'holdings', items: [{ sequence: 2, status: 'returned' }] }, [16, 17], 'ann');
    story.issued('ann', [18, 19]);
    story.looked({ kind: 'stock', stock: 0, issued: 4 }, [20, 21]);
    isRight(story);
  });

  test('those who asked at once, whichever came first, and who looked meanwhile', () => {
    const story = new Story();
    story.issued('ann', [2, 20]);
    story.issued('bob', [1, 10]);
    story.looked({ kind: 'offer', remaining: 1 }, [3, 4]);
    story.looked({ kind: 'offer', remaining: 2 }, [1, 5]);
    story.looked({ kind: 'offer', remaining: 0 }, [5, 6]);
    story.asked('cid', 'soldOut', [6, 7]);
    isRight(story);
  });

  test('no answer, whether it was done or not', () => {
    const story = new Story({ stock: 3 });
    story.issued('ann', [2, 3], { key: 'k' }).answer = { kind: 'unknown' };
    story.asked('ann', 'issued', [9, 10], { sequence: 2, rank: 1, isReplay: true });
    story.operations.at(-1).key = 'k';
    story.asked('bob', 'unknown', [4, 5]);
    story.changed(1, [6, 7], 'one more').answer = { kind: 'unknown' };
    story.issued('cid', [8, 9]).answer = { kind: 'unknown' };
    isRight(story);
  });

  test('two that had no answer, of which only the later can have been issued', () => {
    const story = new Story({ stock: 1, limitPerUser: 2 });
    story.asked('ann', 'unknown', [2, 3]);
    story.operations.at(-1).key = 'k';
    story.issued('ann', [2.5, 4]).answer = { kind: 'unknown' };
    story.asked('ann', 'soldOut', [6, 7]);
    story.operations.at(-1).key = 'k';
    isRight(story);
  });

  test('a refusal that is late by no more than is allowed', () => {
    const story = new Story({ stock: 1 });
    story.issued('ann', [2, 3]);
    story.changed(1, [4, 5], 'more');
    story.asked('bob', 'soldOut', [6, 7]);
    isRight(story, { lagMax: 2 });
    isWrong(story, /ask.*soldOut.*right nowhere/, { lagMax: 0.5 });
  });
});

describe('a history that can\'t have been is refused:', () => {
  const spoilt = (what, fault, tell, options) => test(what, () => {
    const story = new Story(options);
    tell(story);
    isWrong(story, fault);
  });

  spoilt('more were issued than there were', /oversold: the stock is -1/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('bob', [2, 3]);
    story.issued('cid', [2, 3]);
  });
  spoilt('a user beyond the limit', /ann holds 2/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('ann', [4, 5]);
  });
  spoilt('an acknowledged coupon that is gone', /lost: 2 was acknowledged to ann/, (story) => {
    story.issued('ann', [2, 3]);
    story.events.pop();
  });
  spoilt('an acknowledged restock that is gone', /lost: 2 was acknowledged to changeStock/, (story) => {
    story.changed(5, [2, 3], 'five');
    story.events.pop();
  });
  spoilt('a coupon for somebody who was told that nothing was done', /event 2.*nobody asked/, (story) => {
    story.issued('ann', [2, 3]).answer = { kind: 'nothing' };
  });
  spoilt('a coupon that nobody asked for', /event 2.*nobody asked/, (story) => {
    story.issued('ann', [2, 3]);
    story.operations.pop();
  });
  spoilt('one coupon for two', /event 2 was given to two/, (story) => {
    story.issued('ann', [2, 3]);
    story.asked('bob', 'issued', [2, 3], { sequence: 2, rank: 1, isReplay: false });
  });
  spoilt('another\'s coupon', /event 2 is bob's, and ann was told/, (story) => {
    story.issued('ann', [2, 3], { userInBooks: 'bob' });
  });
  spoilt('a rank that isn\'t the one in the books', /has rank 1; 2 was told/, (story) => {
    story.issued('ann', [2, 3]).answer.rank = 2;
  });
  spoilt('a rank against real time', /against real time: 3 was answered before 2/, (story) => {
    story.issued('ann', [6, 7]);
    story.issued('bob', [2, 3]);
  });
  spoilt('a restock against real time', /against real time/, (story) => {
    story.changed(1, [6, 7], 'late');
    story.issued('bob', [2, 3]);
  });
  spoilt('one key that brought two', /ann k was issued 2 and 3/, (story) => {
    story.issued('ann', [2, 3], { key: 'k' });
    story.issued('ann', [4, 5], { key: 'k' });
  }, { limitPerUser: 2 });
  spoilt('an answer again that nobody had', /given 2 again, by a key/, (story) => {
    story.issued('ann', [2, 3], { key: 'k' });
    story.add({ call: 'ask', user: 'ann', key: 'other',
      answer: { kind: 'issued', sequence: 2, rank: 1, isReplay: true } }, [4, 5]);
  });
  spoilt('refused though the key had brought one', /ask.*soldOut.*right nowhere/, (story) => {
    story.issued('ann', [2, 3], { key: 'k' });
    story.tookBack(2, [4, 5]);
    story.changed(-2, [6, 7], 'off');
    story.asked('ann', 'soldOut', [8, 9]);
    story.operations.at(-1).key = 'k';
  });
  spoilt('an answer again before the first can have been given', /ask.*isReplay.*right nowhere/, (story) => {
    story.issued('ann', [6, 7], { key: 'k' });
    story.add({ call: 'ask', user: 'ann', key: 'k',
      answer: { kind: 'issued', sequence: 2, rank: 1, isReplay: true } }, [2, 3]);
  });
  spoilt('refused though there was something left', /ask.*soldOut.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.asked('bob', 'soldOut', [4, 5]);
  });
  spoilt('refused after a restock was acknowledged', /ask.*soldOut.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('bob', [2, 3]);
    story.changed(1, [4, 5], 'more');
    story.asked('cid', 'soldOut', [6, 7]);
  });
  spoilt('refused after a coupon was taken back', /ask.*soldOut.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('bob', [2, 3]);
    story.tookBack(2, [4, 5]);
    story.asked('cid', 'soldOut', [6, 7]);
  });
  spoilt('told "sold out" while holding one', /ask.*soldOut.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('bob', [2, 3]);
    story.asked('ann', 'soldOut', [4, 5]);
  });
  spoilt('told of a coupon that they don\'t have', /ask.*already.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.asked('bob', 'already', [4, 5], { held: [2] });
  });
  spoilt('a listing without what was acknowledged', /look.*holdings.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.looked({ kind: 'holdings', items: [] }, [4, 5], 'ann');
  });
  spoilt('a listing with another\'s', /look.*holdings.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.looked({ kind: 'holdings', items: [{ sequence: 2, status: 'active' }] }, [4, 5], 'bob');
  });
  spoilt('a listing of what is not asked for yet', /look.*holdings.*right nowhere/, (story) => {
    story.issued('ann', [6, 7]);
    story.looked({ kind: 'holdings', items: [{ sequence: 2, status: 'active' }] }, [4, 5], 'ann');
  });
  spoilt('a stock that goes back', /look.*offer.*right nowhere/, (story) => {
    story.issued('ann', [2, 9]);
    story.looked({ kind: 'offer', remaining: 1 }, [3, 4]);
    story.looked({ kind: 'offer', remaining: 2 }, [5, 6]);
  });
  spoilt('a stock and a count of different moments', /look.*stock.*right nowhere/, (story) => {
    story.issued('ann', [2, 3]);
    story.looked({ kind: 'stock', stock: 2, issued: 1 }, [2, 3]);
  });
  spoilt('a stock lowered below what is there', /oversold/, (story) => {
    story.changed(-3, [2, 3], 'off');
  });
  spoilt('a lowering refused that would have been right', /changeStock.*right nowhere/, (story) => {
    story.add({ call: 'changeStock', amount: -2, mark: 'off', answer: { kind: 'belowZero' } }, [2, 3]);
  });
  spoilt('a coupon taken back twice', /takes 2 back a second time/, (story) => {
    story.issued('ann', [2, 3]);
    story.tookBack(2, [4, 5]);
    story.tookBack(2, [6, 7]);
  });
  spoilt('events out of their places', /event 4: it stands at place 3/, (story) => {
    story.issued('ann', [2, 3]);
    story.issued('bob', [4, 5]).answer.sequence = 4;
    story.events.at(-1).sequence = 4;
  });
});
