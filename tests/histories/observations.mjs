// What an answer says of the coupon at the moment that it is about: for each kind of answer that
// changed nothing, at which positions of the stream it would have been right.

const sameNumbers = (ones, others) => ones.length === others.length
  && [...ones].sort((a, b) => a - b).join() === [...others].sort((a, b) => a - b).join();

const sameRegistrations = (ones, others) => {
  const spell = (all) => all.map(({ sequence, status }) => `${sequence} ${status}`).sort().join();
  return spell(ones) === spell(others);
};

/** By the operation's call and the answer's kind: `(stream, operation, position) → is it right`. */
const RIGHT_AT = {
  'ask soldOut': (stream, { user, key }, at) => !stream.isKeyUsedAt(user, key, at)
    && stream.stockAt(at) === 0 && stream.activeAt(user, at).length < stream.limitPerUser,
  'ask already': (stream, { user, key, answer }, at) => {
    const active = stream.activeAt(user, at);
    return !stream.isKeyUsedAt(user, key, at)
      && active.length >= stream.limitPerUser && sameNumbers(active, answer.held);
  },
  'ask issued': (stream, { answer }, at) => at >= answer.sequence,  // Again, by its key.
  'changeStock belowZero': (stream, { amount }, at) => stream.stockAt(at) + amount < 0,
  'takeBack alreadyReturned': (stream, { of }, at) => stream.statusAt(of, at) === 'returned',
  'takeBack notFound': (stream, { of }, at) => stream.statusAt(of, at) === undefined,
  'look stock': (stream, { answer }, at) =>
    stream.stockAt(at) === answer.stock && stream.issuedAt(at) === answer.issued,
  'look offer': (stream, { answer }, at) => stream.stockAt(at) === answer.remaining,
  'look coupon': (stream, { answer }, at) => at === answer.sequence
    && stream.stockAt(at) === answer.stock && stream.issuedAt(at) === answer.issued,
  'look history': (stream, { answer }, at) => at === answer.length,
  'look holdings': (stream, { user, answer }, at) => sameRegistrations(
    [...stream.holdingsAt(user, at)].map(([sequence, status]) => ({ sequence, status })),
    answer.items),
  'look registrations': (stream, { answer }, at) =>
    sameRegistrations(stream.registrationsAt(at), answer.items),
};

/** Whether the operation's answer would have been right at this position of the stream. */
export function isRightAt(stream, operation, position) {
  const name = `${operation.call} ${operation.answer.kind}`;
  const rule = RIGHT_AT[name];
  if (!rule) throw new Error(`no rule for ${name}`);
  return rule(stream, operation, position);
}
