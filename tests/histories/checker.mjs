// Says whether what clients saw of a coupon could have come from one coupon that does one thing at
// a time (linearizability, Herlihy and Wing 1990), with each thing done between its request and its
// answer.
//
// In general that takes a search. Here the answers carry the order: each thing that was done has a
// sequence, so the order of all changes is known, and what is left is (1) whether that order keeps
// real time, and (2) whether every answer that changed nothing fits between two changes within its
// time, with later answers never before earlier ones. For (2) each answer has a lower bound, so
// taking the lowest position that is right, in the order of the requests, finds an order if there
// is one. Both are exact: nothing that is possible is refused, and nothing impossible is let
// through.
//
// An operation is { call, invokedAt, answeredAt, answer: { kind, … }, … }; observations.mjs and
// claims.mjs have the kinds. `nothing` is a refusal that promises that nothing was done, `unknown`
// no answer, or one that says that it isn't known.

import { claimings } from './claims.mjs';
import { isRightAt } from './observations.mjs';
import { Stream } from './stream.mjs';

const isSilent = ({ answer }) => answer.kind === 'nothing' || answer.kind === 'unknown';
const isChange = ({ answer }) =>
  answer.kind === 'appended' || (answer.kind === 'issued' && !answer.isReplay);

/**
 * How many ways to read a history are tried, by its length: there are several only where requests of
 * one user with different keys had no answer, which is seldom.
 */
const readingsMax = (operations) => Math.max(20, 1e6 / operations.length);

/**
 * What is wrong with a history, in sentences; empty if nothing is, in one way at least to read it.
 * `events` is the coupon's history at the end. `lagMax` is how many milliseconds late a refusal as
 * sold out may be (several nodes).
 */
export function faultsOf({ operations, events, limitPerUser, lagMax = 0 }) {
  let firstFaults;
  let readings = 0;
  for (const { claims, faults } of claimings(operations, events)) {
    findFaults({ operations, events, limitPerUser, lagMax }, claims, faults);
    if (faults.length === 0) return faults;
    firstFaults ??= faults;
    readings += 1;
    if (readings >= readingsMax(operations)) break;
  }
  return firstFaults;
}

function findFaults({ operations, events, limitPerUser, lagMax }, claims, faults) {
  const requestOf = ({ sequence }) => claims.get(sequence);
  const stream = new Stream(events, { limitPerUser, requestOf }, faults);
  // Positions mean nothing where the changes themselves are in doubt.
  if (faults.length > 0) return;
  const changes = events.map(({ sequence }) => changeOf(sequence, claims.get(sequence)));
  checkRealTime(changes, faults);
  const answers = operations.filter((one) => !isSilent(one) && !isChange(one));
  placeAnswers(answers, changes, stream, lagMax, faults);
}

/** When an event can have happened: until its request was answered, if it was. */
function changeOf(sequence, { invokedAt, answeredAt, answer }) {
  return { sequence, invokedAt, answeredAt: answer.kind === 'unknown' ? Infinity : answeredAt };
}

/** No change is asked for after one that comes later in the stream was answered. */
function checkRealTime(changes, faults) {
  let latest = { invokedAt: -Infinity };
  for (const change of changes) {
    if (change.answeredAt < latest.invokedAt) {
      faults.push(`against real time: ${change.sequence} was answered before ${latest.sequence}`
        + ' was asked for');
    }
    if (change.invokedAt > latest.invokedAt) latest = change;
  }
}

function placeAnswers(answers, changes, stream, lagMax, faults) {
  const bounds = new Bounds(changes);
  const byRequest = [...answers].sort((a, b) => a.invokedAt - b.invokedAt);
  const byAnswer = [...answers].sort((a, b) => a.answeredAt - b.answeredAt);
  const positions = new Map();
  let seen = 0;  // The highest position of those that were answered before this one was asked.
  let next = 0;
  for (const operation of byRequest) {
    while (next < byAnswer.length && byAnswer[next].answeredAt < operation.invokedAt) {
      seen = Math.max(seen, positions.get(byAnswer[next]) ?? 0);
      next += 1;
    }
    const isLate = lagMax > 0 && operation.call === 'ask' && operation.answer.kind === 'soldOut';
    const from = isLate ? bounds.doneBefore(operation.invokedAt - lagMax)
      : Math.max(seen, bounds.doneBefore(operation.invokedAt));
    const to = bounds.askedUntil(operation.answeredAt);
    const position = firstRight(stream, operation, from, to);
    if (position === undefined) faults.push(describe(operation, from, to, stream));
    else if (!isLate) positions.set(operation, position);
  }
}

function firstRight(stream, operation, from, to) {
  for (let position = from; position <= to; position += 1) {
    if (isRightAt(stream, operation, position)) return position;
  }
  return undefined;
}

function describe(operation, from, to, stream) {
  const { call, user, of, amount, answer, invokedAt, answeredAt } = operation;
  const stocks = Array.from({ length: Math.max(0, Math.min(to - from + 1, 8)) },
    (_, i) => stream.stockAt(from + i));
  return `${call} ${JSON.stringify({ user, of, amount, ...answer })}, asked at ${invokedAt} and`
    + ` answered at ${answeredAt}, is right nowhere from ${from} to ${to} (stock ${stocks})`;
}

/** Which changes must have happened by a moment, and which can't have happened yet. */
class Bounds {
  #byAnswer;
  #byRequest;

  constructor(changes) {
    let highest = 0;
    this.#byAnswer = [...changes].sort((a, b) => a.answeredAt - b.answeredAt)
      .map(({ answeredAt, sequence }) => {
        highest = Math.max(highest, sequence);
        return { at: answeredAt, position: highest };
      });
    let lowest = changes.length + 1;
    this.#byRequest = [...changes].sort((a, b) => b.invokedAt - a.invokedAt)
      .map(({ invokedAt, sequence }) => {
        lowest = Math.min(lowest, sequence);
        return { at: invokedAt, position: lowest };
      }).reverse();
    this.length = changes.length;
  }

  /** The position behind the last change that was answered before `moment`. */
  doneBefore(moment) {
    const count = countWhile(this.#byAnswer, ({ at }) => at < moment);
    return count === 0 ? 0 : this.#byAnswer[count - 1].position;
  }

  /** The position in front of the first change that was asked for after `moment`. */
  askedUntil(moment) {
    const count = countWhile(this.#byRequest, ({ at }) => at <= moment);
    return count === this.#byRequest.length ? this.length : this.#byRequest[count].position - 1;
  }
}

/** How many at the front fulfil a condition that none behind them does. */
function countWhile(sorted, condition) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (condition(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
