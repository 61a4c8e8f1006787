// The same question answered by trying (Wing and Gong, 1993): every order of the operations that
// keeps real time is played on a coupon that does one thing at a time. For small histories only;
// the checker is held against it.

/** A coupon that does one thing at a time, written without looking at the checker's model. */
class OneByOne {
  constructor({ limitPerUser, events = [] }) {
    this.limitPerUser = limitPerUser;
    this.events = events;
  }

  get stock() { return this.events.reduce((sum, { amount }) => sum + amount, 0); }
  get issued() { return this.events.filter(({ kind }) => kind === 'issued').length; }

  with(event) {
    const { limitPerUser, events } = this;
    return new OneByOne({ limitPerUser, events: [...events, event] });
  }

  isReturned(sequence) { return this.events.some(({ of }) => of === sequence); }

  registrationsOf(user) {
    return this.events.flatMap(({ kind, userId }, i) => (kind === 'issued' && userId === user
      ? [{ sequence: i + 1, status: this.isReturned(i + 1) ? 'returned' : 'active' }] : []));
  }

  /** What the operation is answered now, and the coupon afterwards. */
  play({ call, user, key, amount, of, what }) {
    if (call === 'ask') return this.#ask(user, key);
    if (call === 'look') return { answer: this.#look(what, user), after: this };
    if (call === 'takeBack') {
      if (this.events[of - 1]?.kind !== 'issued') return { answer: { kind: 'notFound' }, after: this };
      if (this.isReturned(of)) return { answer: { kind: 'alreadyReturned' }, after: this };
      return this.#append({ kind: 'returned', amount: 1, of }, 'appended');
    }
    if (this.stock + amount < 0) return { answer: { kind: 'belowZero' }, after: this };
    return this.#append({ kind: amount > 0 ? 'stocked' : 'adjusted', amount }, 'appended');
  }

  #ask(userId, key) {
    const earlier = this.events.findIndex((event) =>
      event.kind === 'issued' && event.userId === userId && key !== undefined && event.key === key);
    if (earlier >= 0) {
      const answer = { kind: 'issued', sequence: earlier + 1, rank: this.#rankAt(earlier), isReplay: true };
      return { answer, after: this };
    }
    const held = this.registrationsOf(userId).filter(({ status }) => status === 'active')
      .map(({ sequence }) => sequence);
    if (held.length >= this.limitPerUser) return { answer: { kind: 'already', held }, after: this };
    if (this.stock === 0) return { answer: { kind: 'soldOut' }, after: this };
    const { after } = this.#append({ kind: 'issued', amount: -1, userId, key });
    const sequence = after.events.length;
    return { answer: { kind: 'issued', sequence, rank: after.issued, isReplay: false }, after };
  }

  #rankAt(index) {
    return this.events.slice(0, index + 1).filter(({ kind }) => kind === 'issued').length;
  }

  #append(event, kind) {
    const after = this.with(event);
    return { answer: { kind, sequence: after.events.length }, after };
  }

  #look(what, user) {
    const { stock, issued } = this;
    const items = this.registrationsOf(user);
    return {
      stock: { kind: 'stock', stock, issued },
      offer: { kind: 'offer', remaining: stock },
      history: { kind: 'history', length: this.events.length },
      holdings: { kind: 'holdings', items },
    }[what];
  }
}

export const newCoupon = (limitPerUser) => new OneByOne({ limitPerUser });

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const columns = ({ kind, amount, userId }) => ({ kind, amount, userId });

/** Whether some order of the operations leads to all of their answers and to these events. */
export function isPossible({ operations, events, limitPerUser }) {
  const wanted = events.map(columns);
  const open = operations.filter(({ answer }) => answer.kind !== 'nothing');
  const search = (coupon, left) => {
    if (!coupon.events.every((event, i) => i < wanted.length && same(columns(event), wanted[i]))) {
      return false;
    }
    const known = left.filter(({ answer }) => answer.kind !== 'unknown');
    if (known.length === 0 && coupon.events.length === wanted.length) return true;
    const firstAnswer = Math.min(...known.map(({ answeredAt }) => answeredAt), Infinity);
    return left.some((operation) => {
      if (operation.invokedAt > firstAnswer) return false;
      const { answer, after } = coupon.play(operation);
      if (operation.answer.kind !== 'unknown' && !same(answer, operation.answer)) return false;
      return search(after, left.filter((one) => one !== operation));
    });
  };
  return search(newCoupon(limitPerUser), open);
}
