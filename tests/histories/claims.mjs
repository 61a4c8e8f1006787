// Which request each event of a history belongs to. Answers name the sequence of what they wrote;
// requests that had no answer are known by what they left: an operator's mark in the event's
// reason, a customer's key in a later answer, or, where there was none, the customer's name. The name
// may fit several requests that had no answer, with different keys: then each may have been the one.

const ASKED_FOR = { stocked: 'changeStock', adjusted: 'changeStock', returned: 'takeBack' };

const isUnknown = ({ answer }) => answer.kind === 'unknown';
const sameKey = (one, other) => one.user === other.user && one.key === other.key
  && one.key !== undefined;

/**
 * Each way in which it may have been, the likeliest first: `{ claims: Map(sequence → operation),
 * faults }`, with what can't be so in that way.
 */
export function* claimings(operations, events) {
  const certain = new Map();
  const certainFaults = [];
  const take = (sequence, operation) => {
    if (certain.has(sequence)) certainFaults.push(`event ${sequence} was given to two requests`);
    else certain.set(sequence, operation);
  };
  for (const operation of operations) {
    const { kind, sequence, isReplay } = operation.answer;
    if (kind === 'appended' || (kind === 'issued' && !isReplay)) take(sequence, operation);
  }
  claimByReplays(operations, certain, take, certainFaults);
  checkNothingLost(operations, events, certainFaults);
  for (const claims of claimingsByTraces(operations, events, certain)) {
    const faults = [...certainFaults];
    for (const event of events) checkClaim(event, claims.get(event.sequence), faults);
    checkKeys(claims, faults);
    yield { claims, faults };
  }
}

/** An answer that was given again leads to the first one, or to a request that had none. */
function claimByReplays(operations, claims, take, faults) {
  for (const replay of operations) {
    if (replay.answer.kind !== 'issued' || !replay.answer.isReplay) continue;
    const { sequence, rank } = replay.answer;
    if (!claims.has(sequence)) {
      const first = earliest(operations.filter((one) => isUnknown(one) && sameKey(one, replay)));
      if (first) take(sequence, first);
    }
    const first = claims.get(sequence);
    if (!first || !sameKey(first, replay)) {
      faults.push(`${replay.user} was given ${sequence} again, by a key that had not brought it`);
    } else if (first.answer.kind === 'issued' && first.answer.rank !== rank) {
      faults.push(`${sequence} was given again with another rank`);
    }
  }
}

function claimingsByTraces(operations, events, certain) {
  const claimed = new Set(certain.values());
  const open = operations.filter((one) => isUnknown(one) && !claimed.has(one))
    .sort((a, b) => a.invokedAt - b.invokedAt);
  return claimingsOf(events.filter(({ sequence }) => !certain.has(sequence)), open, certain);
}

/** Gives the first of the events to each request that it may belong to, and the rest in every way. */
function* claimingsOf([event, ...rest], open, claims) {
  if (event === undefined) {
    yield claims;
    return;
  }
  const candidates = candidatesFor(event, open);
  if (candidates.length === 0) yield* claimingsOf(rest, open, claims);
  for (const candidate of candidates) {
    yield* claimingsOf(rest, open.filter((one) => one !== candidate),
      new Map(claims).set(event.sequence, candidate));
  }
}

/** Of those with the same key, the earliest: what it explains, it explains as well as any later. */
function candidatesFor(event, open) {
  const fitting = open.filter((one) => (event.kind === 'issued'
    ? one.call === 'ask' && one.user === event.userId
    : one.call === ASKED_FOR[event.kind] && one.mark === event.reason));
  return fitting.filter((one, i) => fitting.findIndex(({ key }) => key === one.key) === i);
}

function checkClaim(event, operation, faults) {
  const { sequence, kind, userId, issuedAfter } = event;
  if (!operation) {
    faults.push(`event ${sequence}, ${kind}: nobody asked for it, or who did was told it failed`);
    return;
  }
  const wanted = kind === 'issued' ? 'ask' : ASKED_FOR[kind];
  const isFirst = operation.call === 'announce' && sequence === 1;
  if (operation.call !== wanted && !isFirst) {
    faults.push(`event ${sequence}, ${kind}, belongs to ${operation.call}`);
  } else if (kind === 'issued' && operation.user !== userId) {
    faults.push(`event ${sequence} is ${userId}'s, and ${operation.user} was told it is theirs`);
  } else if (kind === 'issued' && (operation.answer.rank ?? issuedAfter) !== issuedAfter) {
    faults.push(`event ${sequence} has rank ${issuedAfter}; ${operation.answer.rank} was told`);
  } else if (operation.call === 'changeStock' && operation.amount !== event.amount) {
    faults.push(`event ${sequence} is of ${event.amount}; ${operation.amount} was asked for`);
  }
}

/** What was acknowledged is there. */
function checkNothingLost(operations, events, faults) {
  const known = new Set(events.map(({ sequence }) => sequence));
  for (const { call, user, answer } of operations) {
    if (answer.sequence === undefined || !['issued', 'appended'].includes(answer.kind)) continue;
    if (!known.has(answer.sequence)) {
      faults.push(`lost: ${answer.sequence} was acknowledged to ${user ?? call}`);
    }
  }
}

/** One key brings one coupon. */
function checkKeys(claims, faults) {
  const seen = new Map();
  for (const [sequence, { call, user, key }] of claims) {
    if (call !== 'ask' || key === undefined) continue;
    const name = `${user} ${key}`;
    if (seen.has(name)) faults.push(`${name} was issued ${seen.get(name)} and ${sequence}`);
    seen.set(name, sequence);
  }
}

function earliest(operations) {
  return operations.reduce((first, one) =>
    (first === undefined || one.invokedAt < first.invokedAt ? one : first), undefined);
}
