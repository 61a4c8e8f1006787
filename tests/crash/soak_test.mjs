// Goal: everything at once, for an hour, costs nothing that lasts: nothing is lost, nobody gets too
// much, and memory, descriptors, threads and the log are in the end what they were in the middle.
// Method: rushes by `dibs rehearse`, one after another; beside them quiet coupons with an exact
// account each, listings, folds, scrapes of the metrics, and clients as they shouldn't be.
// DIBS_SOAK_SECONDS says how long (6). In the short form caches still fill, so that memory is only
// held against a wide bound; that it stays is what the hour is for. DIBS_SOAK_SERIES names a file
// for what was seen of memory, descriptors, threads and the log.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { dripBodies, dripHeaders, stayIdle } from '../api/support/burdens.mjs';
import { dibs } from '../api/support/command.mjs';
import { openConnections } from '../api/support/crowd.mjs';
import { expectJson, expectProblem, expectStatus } from '../api/support/expect.mjs';
import { eventually } from '../api/support/poll.mjs';
import { MIB, openFiles, residentBytes } from '../api/support/process.mjs';
import { Shop } from '../api/support/shop.mjs';
import { Connection } from '../api/support/wire.mjs';
import { growthOf, hasGrown } from './support/growth.mjs';
import { Stall, expectKept } from './support/stall.mjs';

const SECONDS = Number(process.env.DIBS_SOAK_SECONDS || 6);
const isLong = SECONDS >= 600;
const LOOK_EVERY_MS = isLong ? 10_000 : 200;
const DAY_MS = 86_400_000;

// Sold out within seconds. What the service remembers of who has a sold-out coupon, 64 MiB for all of
// them, fills in the first half, as far as it comes there; from then on each rush's coupon is
// restocked when it is over, which makes the service forget it. So the second half stands still on a
// slow machine as well.
const RUSH = isLong ? { stock: 100_000, users: 130_000 } : { stock: 2_000, users: 3_000 };
const RUSH_MAX_MS = 300_000;
const LINE_END = '\n'.charCodeAt(0);
// In a rush a fold rests most of the time, and folds fewer events a second than are issued.
const FOLD_MAX_MS = 1_800_000;
const VERIFY_MAX_MS = 1_800_000;
const STALLS_AT_ONCE = 2;
// choice: some dozens of quiet requests a second, so that the rushes have the machine.
const STALL_PAUSE_MS = isLong ? 2000 : 100;
const BAD_CLIENTS = 20;

// choice: a third of a byte for each request, where an hour has 28 million of them. An hour that filled
// the memory of sold-out coupons all the while grew by 6.9 MiB.
const GROWTH_MAX_PER_HOUR = 8 * MIB;
const GROWTH_MAX_IN_SHORT = 128 * MIB;
// The log is copied from 128 MiB on, beside commits that make it longer meanwhile.
const LOG_MAX = 1024 * MIB;

// choice: what the readers may have opened since, and a connection that looks. A leak of one for each
// rush, fold or round of bad clients would be more, even in the short form.
const FILES_KEPT_MAX = 6;

// A real disk, where a commit and a copy of the log take their time.
const folder = mkdtempSync('/var/tmp/dibs-soak-');
after(() => rmSync(folder, { recursive: true, force: true }));

/** What there is of the service's resources. */
function look(shop, begunAt) {
  const pid = shop.service.process;
  return {
    atMs: performance.now() - begunAt,
    resident: residentBytes(pid),
    files: openFiles(pid).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    log: statSync(`${shop.store}-wal`, { throwIfNoEntry: false })?.size ?? 0,
  };
}

/**
 * A crowd for a new coupon, whose audit is rehearse's own; and the operators' list of who has it. How
 * many it issued. `isForgotten`: the coupon is restocked afterwards.
 */
async function rush(shop, isForgotten) {
  const { code, output, error } = await dibs(['rehearse', '--json', '--store', shop.storeUrl,
    '--target', shop.url, '--admin', shop.adminUrl, '--stock', String(RUSH.stock),
    '--users', String(RUSH.users), '--connections', '256', '--duration', '120s'],
  { within: RUSH_MAX_MS });
  assert.equal(code, 0, `${error}${output}`);
  const report = JSON.parse(output);
  assert.equal(report.audit.isClean, true, JSON.stringify(report.audit));
  const issued = report.outcomes.find(({ status }) => status === 201)?.count ?? 0;
  const { couponId } = report.target;
  const list = expectStatus(await shop.operator.get(
    `/admin/v1/coupons/${couponId}/registrations`, { Accept: 'text/csv' }), 200);
  const lines = list.bytes.reduce((sum, byte) => sum + (byte === LINE_END), 0);
  assert.equal(lines - 1, issued, 'a line for each, and the one with the names');
  if (isForgotten) await shop.operator.restock(couponId, 1);
  return issued;
}

/** Coupons that are not open, and what is no request at all. */
async function askInVain(shop, { early, late, dull }) {
  const customer = shop.customer('in-vain');
  expectProblem(await customer.ask(early.id), 400, 'coupon-not-started');
  expectProblem(await customer.ask(late.id), 400, 'coupon-ended');
  expectProblem(await customer.ask(999_999_999), 404, 'coupon-not-found');
  expectProblem(await customer.ask(dull.id), 400, 'coupon-sold-out');
  expectProblem(await shop.publicClient.get('/api/v1/coupons/me'), 401, 'unauthenticated');
  const connection = await Connection.open(shop.url);
  connection.send('GET /api/v1/coupons HTTP/1.1\r\nHost: dibs\r\nContent-Length: 1\r\n'
    + 'Transfer-Encoding: chunked\r\n\r\n');
  assert.equal((await connection.answer()).status, 400);
  connection.close();
}

/** Clients who come, hold on to what they can for a moment, and go in the middle of it. */
async function beBad(shop) {
  const fields = shop.customer('bad').fields;
  const burdens = await Promise.all([
    dripHeaders(shop.url, BAD_CLIENTS), dripBodies(shop.url, BAD_CLIENTS, fields),
    stayIdle(shop.url, BAD_CLIENTS), closeHalf(shop.url, BAD_CLIENTS),
  ]);
  await pause(500);
  for (const burden of burdens) burden.end();
}

/** Connections that close their half in the middle of a request, and end with a reset. */
async function closeHalf(url, count) {
  const connections = await openConnections(url, count, { halfOpen: true });
  for (const connection of connections) {
    connection.send('GET / HTTP/1.1\r\nHost: di');
    connection.finishSending();
  }
  return { end() { for (const connection of connections) connection.reset(); } };
}

/** Has the books folded up to now. */
async function fold(shop, done) {
  const run = await shop.operator.compact(undefined,
    { within: FOLD_MAX_MS, every: LOOK_EVERY_MS / 10 });
  done.folds += 1;
  done.eventsFolded += run.eventsIn;
}

/** Looks through the shelves, at two pages of them, and at the coupon on the second. */
async function browse(shop) {
  const first = expectJson(await shop.publicClient.get('/api/v1/coupons?limit=1'));
  const second = expectJson(
    await shop.publicClient.get(`/api/v1/coupons?limit=1&cursor=${first.next}`));
  const [{ id }] = second.items;
  assert.ok(first.items.every((item) => item.id !== id), 'no coupon is on two pages');
  assert.equal(expectJson(await shop.publicClient.get(`/api/v1/coupons/${id}`)).id, id);
}

test(`everything at once for ${SECONDS} s`, { timeout: (SECONDS + 3600) * 1000 }, async (t) => {
  const shop = await Shop.open({ store: join(folder, 'dibs.db') });
  const now = Date.now();
  const window = (from, to) => ({ from: new Date(now + from).toISOString(),
    to: new Date(now + to).toISOString() });
  const closed = {
    early: await shop.operator.announce(window(DAY_MS, 2 * DAY_MS)),
    late: await shop.operator.announce(window(-2 * DAY_MS, -DAY_MS)),
    dull: await shop.operator.announce({ stock: 0 }),
  };
  const before = look(shop, performance.now());
  const begunAt = performance.now();
  let hasFailed = false;
  const isOver = () => hasFailed || performance.now() - begunAt >= SECONDS * 1000;
  const isHalfOver = () => performance.now() - begunAt >= SECONDS * 500;
  const done = { rushes: 0, issuedInRushes: 0, stalls: 0, folds: 0, eventsFolded: 0, badRounds: 0,
    looks: 0 };
  const told = {};
  const accounts = [];

  const samples = [];
  const sampling = setInterval(() => samples.push(look(shop, begunAt)), LOOK_EVERY_MS);
  const again = async (work) => {
    try {
      do await work(); while (!isOver());
    } catch (error) {
      hasFailed = true;  // The others end, too.
      throw error;
    }
  };
  try {
    await Promise.all([
      again(async () => {
        done.issuedInRushes += await rush(shop, isHalfOver());
        done.rushes += 1;
      }),
      ...Array.from({ length: STALLS_AT_ONCE }, () => again(async () => {
        done.stalls += 1;
        const stall = await Stall.open(shop, done.stalls, told);
        accounts.push(await stall.live(STALL_PAUSE_MS));
      })),
      again(async () => {
        await fold(shop, done);
        await pause(LOOK_EVERY_MS);
      }),
      again(async () => {
        await shop.operator.metrics();
        await browse(shop);
        done.looks += 1;
        await pause(LOOK_EVERY_MS / 10);
      }),
      again(async () => {
        await beBad(shop);
        await askInVain(shop, closed);
        done.badRounds += 1;
      }),
    ]);
  } finally {
    clearInterval(sampling);
  }

  for (const client of [shop.publicClient, shop.adminClient]) client.close();
  await eventually('what clients had open is closed', () =>
    look(shop, begunAt).files <= before.files + FILES_KEPT_MAX);
  const last = look(shop, begunAt);
  const memory = samples.map(({ atMs, resident: value }) => ({ atMs, value }));
  const resident = growthOf(memory);
  const longestLog = Math.max(...samples.map(({ log }) => log));
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  t.diagnostic(JSON.stringify({ ...done, ...told }));
  t.diagnostic(`memory ${mib(before.resident)} at first, ${mib(samples[samples.length >> 1].resident)}`
    + ` half-way, ${mib(last.resident)} in the end; the log ${mib(longestLog)} at most`);
  if (isLong) {
    t.diagnostic(`memory grew by ${mib(resident.perHour)} an hour in the second half, straying by`
      + ` ${mib(resident.stray)}`);
  }
  if (process.env.DIBS_SOAK_SERIES) {
    writeFileSync(process.env.DIBS_SOAK_SERIES,
      samples.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }
  assert.ok(last.threads <= before.threads + 1, 'no thread is left but the one that copies the log');
  assert.ok(longestLog <= LOG_MAX, mib(longestLog));
  if (isLong) {
    assert.ok(!hasGrown(memory, GROWTH_MAX_PER_HOUR), `${mib(resident.perHour)} an hour`);
  } else {
    assert.ok(last.resident - before.resident <= GROWTH_MAX_IN_SHORT, mib(last.resident));
  }
  for (const what of ['issued', 'sold out', 'repeated', 'beyond the limit', 'listed', 'taken back']) {
    assert.ok(told[what] > 0, `somebody was told: ${what}`);
  }
  assert.ok(done.rushes > 0 && done.eventsFolded > 0 && done.badRounds > 0, JSON.stringify(done));

  await shop.stop();
  const verified = await dibs(['verify', '--json', '--store', shop.storeUrl],
    { within: VERIFY_MAX_MS });
  assert.equal(verified.code, 0, `${verified.error}${verified.output}`);

  // Hours and folds later, and after a restart, the quiet coupons are as they were.
  await shop.start();
  for (const account of accounts) await expectKept(shop, account);
  await shop.stop();
});
