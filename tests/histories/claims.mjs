// Which request each event of a history belongs to. Answers name the sequence of what they wrote;
// requests that had no answer are known by what they left: an operator's mark in the event's
// reason, a customer's key in a later answer, or, where there was no key, the customer's name.

const ASKED_FOR = { stocked: 'changeStock', adjusted: 'changeStock', returned: 'takeBack' };

const isUnknown = ({ answer }) => answer.kind === 'unknown';
const sameKey = (one, other) => one.user === other.user && one.key === other.key
  && one.key !== undefined;

/** `Map(sequence → operation)`; what can't be so goes to `faults`. */
export function claim(operations, events, faults) {
  const claims = new Map();
  const take = (sequence, operation) => {
    if (claims.has(sequence)) faults.push(`event ${sequence} was given to two requests`);
    else claims.set(sequence, operation);
  };
  for (const operation of operations) {
    const { kind, sequence, isReplay } = operation.answer;
    if (kind === 'appended' || (kind === 'issued' && !isReplay)) take(sequence, operation);
  }
  claimByReplays(operations, claims, take, faults);
  claimByTraces(operations, events, claims, take);
  for (const event of events) checkClaim(event, claims.get(event.sequence), faults);
  checkNothingLost(operations, events, faults);
  checkKeys(claims, faults);
  return claims;
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

function claimByTraces(operations, events, claims, take) {
  const unclaimed = new Set(claims.values());
  const open = operations.filter((one) => isUnknown(one) && !unclaimed.has(one))
    .sort((a, b) => a.invokedAt - b.invokedAt);
  for (const event of events) {
    if (claims.has(event.sequence)) continue;
    const at = open.findIndex((one) => (event.kind === 'issued'
      ? one.call === 'ask' && one.user === event.userId
      : one.call === ASKED_FOR[event.kind] && one.mark === event.reason));
    if (at >= 0) take(event.sequence, ...open.splice(at, 1));
  }
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
