// What is promised of every answer of a kind, checked wherever one comes by.

import assert from 'node:assert/strict';

/** RFC 3339 in UTC with microseconds, as every time in an answer is written. */
export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** An answer with this status; the body is shown if it has another. */
export function expectStatus(answer, status) {
  assert.equal(answer.status, status, `${answer.status} instead of ${status}: ${answer.text}`);
  return answer;
}

/** A JSON answer with this status; its body. */
export function expectJson(answer, status = 200) {
  expectStatus(answer, status);
  assert.match(answer.fields['content-type'], /^application\/json\b/);
  return answer.json;
}

/** A problem as RFC 9457 has it, with this status and code; its body. */
export function expectProblem(answer, status, code, { field } = {}) {
  expectStatus(answer, status);
  assert.equal(answer.fields['content-type'], 'application/problem+json');
  const problem = answer.json;
  assert.equal(problem.code, code, answer.text);
  assert.equal(problem.status, status);
  assert.ok(problem.type.endsWith(`/${code}`), `${problem.type} is the type of ${code}`);
  for (const member of ['type', 'title', 'detail']) {
    assert.equal(typeof problem[member], 'string', `${member} is a text`);
    assert.notEqual(problem[member], '', `${member} says something`);
  }
  if (field !== undefined) {
    assert.equal(problem.field, field, answer.text);
    assert.ok(problem.detail.includes(field), `"${problem.detail}" names ${field}`);
  }
  if (status === 503 || status === 429) expectRetryAfter(answer);
  return problem;
}

/** Retry-After in whole seconds (RFC 9110 section 10.2.3). */
export function expectRetryAfter(answer) {
  assert.match(answer.fields['retry-after'] ?? '', /^\d+$/, 'it says when to come again');
}

/** A coupon was issued to whoever asked, or had been with the same key; the registered coupon. */
export function expectIssued(answer, coupon) {
  const registered = expectJson(answer, 201);
  expectRegistered(registered, coupon);
  assert.equal(registered.status, 'active');
  assert.equal(answer.fields.location, `/api/v1/coupons/me/${registered.id}`);
  return registered;
}

/** A registered coupon as customers see it, whole: nothing is missing, nothing else is told. */
export function expectRegistered(registered, coupon) {
  assert.deepEqual(Object.keys(registered),
    ['id', 'couponId', 'rank', 'registeredAt', 'status', 'coupon']);
  assert.match(registered.id, new RegExp(`^${registered.couponId}-[1-9]\\d*$`));
  assert.ok(Number.isInteger(registered.rank) && registered.rank > 0);
  assert.match(registered.registeredAt, TIME);
  assert.deepEqual(Object.keys(registered.coupon), ['id', 'name', 'from', 'to']);
  assert.equal(registered.coupon.id, registered.couponId);
  if (coupon) {
    const { id, name, from, to } = coupon;
    assert.deepEqual(registered.coupon, { id, name, from, to });
  }
}

/** The caller holds as many as they may; what they hold. */
export function expectAlreadyRegistered(answer) {
  const { items } = expectProblem(answer, 409, 'coupon-already-registered');
  for (const item of items) expectRegistered(item);
  return items;
}

/** 1, 2, 3, … `last`. */
export const upTo = (last) => Array.from({ length: last }, (_, i) => i + 1);

/** Numbers in ascending order; a copy. */
export const ascending = (numbers) => [...numbers].sort((a, b) => a - b);
