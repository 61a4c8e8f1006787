// Goal: `dibs rehearse` sends a crowd at a running service and tells the truth about it, and
// `dibs demo` shows all of Dibs in one go and cleans up after itself.
// Method: small crowds; what is reported must agree with what the service's own books say.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { binary, cleanEnvironment } from './support/binary.mjs';
import { dibs, verify } from './support/command.mjs';
import { expectJson } from './support/expect.mjs';
import { gatewayIdentity } from './support/identity.mjs';
import { killAtTheEnd, temporaryFolder } from './support/leftovers.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';

describe('dibs rehearse', () => {
  let shop;
  before(async () => { shop = await Shop.open(); });
  after(() => shop.close());

  const rehearse = (...args) =>
    shop.dibs('rehearse', '--target', shop.url, '--admin', shop.adminUrl, ...args);

  /** What it reports for machines. */
  async function report(...args) {
    const { code, output, error } = await rehearse('--json', ...args);
    assert.equal(code, 0, error + output);
    assert.equal(error, '', 'silent in a pipe');
    return JSON.parse(output);
  }

  /** How many answers of each outcome there were, by code, or by kind where there is none. */
  const outcomesOf = ({ outcomes }) =>
    Object.fromEntries(outcomes.filter(({ count }) => count > 0)
      .map(({ code, kind, count }) => [code ?? kind, count]));

  test('sends everybody at once at a new coupon, and audits the answers', async () => {
    const result = await report('--users', '600', '--stock', '100', '--connections', '100');
    assert.deepEqual(outcomesOf(result), { issued: 100, 'coupon-sold-out': 500 });
    assert.equal(result.requests.sent, 600);
    assert.equal(result.requests.answered, 600);
    assert.equal(result.requests.unanswered, 0);
    assert.deepEqual([result.audit.isClean, result.audit.acknowledged, result.audit.stored],
      [true, 100, 100]);
    const made = result.audit.checks.filter(({ wasMade }) => wasMade).map(({ check }) => check);
    for (const check of ['oversold', 'lost', 'over-limit', 'shared-registration', 'shared-rank',
      'rank-gap', 'stored-differently', 'out-of-order']) {
      assert.ok(made.includes(check), `${check} was looked for`);
    }
    assert.ok(result.audit.checks.every(({ findings }) => findings.length === 0));
    for (const name of ['p50', 'p90', 'p99', 'max']) assert.ok(result.latency.all[name] > 0, name);
    const { stock, issued } = await shop.operator.stock(result.target.couponId);
    assert.deepEqual([stock, issued], [0, 100]);
  });

  test('rehearses with a coupon that is there, more than once', async () => {
    const coupon = await shop.operator.announce({ stock: 150 });
    const id = String(coupon.id);
    const first = await report('--coupon', id, '--users', '100', '--connections', '20');
    assert.deepEqual(outcomesOf(first), { issued: 100 });
    const second = await report('--coupon', id, '--users', '100', '--connections', '20');
    assert.deepEqual(outcomesOf(second), { issued: 50, 'coupon-sold-out': 50 });
    assert.equal((await shop.operator.coupon(coupon.id)).issued, 150);
  });

  test('sends at a rate for a while', async () => {
    const result = await report('--rate', '300', '--duration', '1s', '--users', '1000',
      '--stock', '5000', '--connections', '20');
    assert.equal(result.mode, 'open-loop');
    assert.ok(result.requests.sent >= 100 && result.requests.sent <= 400,
      `300 a second for a second: ${result.requests.sent}`);
    assert.equal(result.requests.answered, result.requests.sent);
    assert.equal(result.audit.isClean, true);
  });

  test('says it for people too', async () => {
    const { code, output } =
      await rehearse('--users', '50', '--stock', '10', '--connections', '10');
    assert.equal(code, 0);
    assert.match(output, /issued +201 +10\b/);
    assert.match(output, /refused +400 +coupon-sold-out +40\b/);
    assert.match(output, /Everything adds up\./);
    assert.ok(!output.includes('\x1b'), 'no colours in a pipe');
    assert.ok(!output.includes('eyJ'), 'no tokens');
  });

  test('names users in headers where a gateway would', async () => {
    const trusting = await Shop.open({
      settings: { auth: 'trusted-header' }, identity: gatewayIdentity,
    });
    const { code, output, error } = await dibs(['rehearse', '--json', '--trusted-header',
      '--target', trusting.url, '--admin', trusting.adminUrl, '--users', '30', '--stock', '10',
      '--connections', '5'], { folder: temporaryFolder() });
    assert.equal(code, 0, error);
    assert.deepEqual(outcomesOf(JSON.parse(output)), { issued: 10, 'coupon-sold-out': 20 });
    await trusting.close();
  });

  test('fails where nobody answers, or nobody believes it', async () => {
    const gone = await Shop.open();
    const { url, adminUrl } = gone;
    await gone.close();
    for (const args of [['--target', url, '--admin', adminUrl],
      ['--target', shop.url, '--admin', shop.adminUrl]]) {
      const { code, error } = await gone.dibs('rehearse', '--users', '5', ...args);
      assert.equal(code, 1);
      assert.match(error, /^dibs: [^\n]+\n$/);
    }
  });

  test('makes no key for a store that was mistyped', async () => {
    const folder = temporaryFolder();
    const { code, error } = await dibs(['rehearse', '--target', shop.url, '--admin', shop.adminUrl,
      '--store', 'sqlite:./dips.db'], { folder });
    assert.equal(code, 2);
    assert.match(error, /^dibs: --store: "sqlite:\.\/dips\.db" [^\n]+\n$/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('tells what it saw of a service that goes away in the middle', async () => {
    const going = await Shop.open();
    const asked = going.dibs('rehearse', '--target', going.url, '--admin', going.adminUrl, '--json',
      '--users', '2500', '--stock', '2500', '--connections', '20', '--rate', '500',
      '--duration', '4s');
    await eventually('some have theirs', async () =>
      (await going.operator.metric('dibs_http_requests_total')) > 200);
    await going.kill();
    const { code, output, error } = await asked;
    assert.equal(code, 1);
    assert.match(error, /^dibs: the books could not be read: [^\n]+\n$/);
    const result = JSON.parse(output);
    assert.ok(result.outcomes.find(({ kind }) => kind === 'issued').count > 100, output);
    assert.ok(result.latency.issued.p99 > 0);
    const { sent, answered, cutOff, timedOut, malformed } = result.requests;
    assert.equal(sent, answered + cutOff + timedOut + malformed);
    assert.equal(result.audit.isClean, false);
    assert.match(result.audit.booksUnread, /./);
    assert.ok(result.audit.checks.every(({ findings }) => findings.length === 0));
  });

  test('is told what makes no sense', async () => {
    for (const [args, message] of [
      [['--rate', '5'], /--duration/], [['--users', '0'], /--users/],
      [['--coupon', '1', '--stock', '5'], /--coupon.*--stock/],
      [['--target', 'ftp://x'], /--target/], [['--duration', 'long'], /--duration/],
    ]) {
      const { code, error } = await dibs(['rehearse', ...args]);
      assert.equal(code, 2);
      assert.match(error, /^dibs: [^\n]+\n$/);
      assert.match(error, message);
    }
  });
});

describe('dibs demo', () => {
  const listeners = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
  const small = ['--users', '300', '--stock', '60', '--connections', '60'];

  test('--exit shows it all and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const { code, output, error } = await dibs(['demo', '--exit', ...small, ...listeners],
      { environment: { TMPDIR: folder }, folder });
    assert.equal(code, 0, error + output);
    assert.match(output, /issued +201 +60\b/);
    assert.match(output, /coupon-sold-out +240\b/);
    assert.match(output, /Everything adds up\./);
    assert.match(output, /61 events in, 1 out/);
    assert.match(output, /verify +coupon 1: stock 0, issued 60, history 1\.\.61: ok/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('keeps its books where it is told to', async () => {
    const store = join(temporaryFolder(), 'demo.db');
    const { code, error } = await dibs(['demo', '--exit', '--users', '40', '--stock', '10',
      '--connections', '10', '--store', `sqlite:${store}`, ...listeners]);
    assert.equal(code, 0, error);
    const { report } = await verify(store);
    assert.deepEqual([report.ok, report.coupons[0].issued, report.coupons[0].liveEvents],
      [true, 10, 1]);
  });

  test('without --exit stays up with lines to try, until it is interrupted', async () => {
    const folder = temporaryFolder();
    const demo = killAtTheEnd(spawn(binary, ['demo', ...small, ...listeners], {
      env: cleanEnvironment({ TMPDIR: folder }), cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    }));
    let output = '';
    demo.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
    demo.stderr.resume();
    await eventually('it stays up', () => output.includes('Ctrl-C ends it.'));

    const [, url] = /curl (http:\S+)\/api\/v1\/coupons\/me/.exec(output);
    const [, alice] = /^ALICE=(\S+)$/m.exec(output);
    const [, admin] = /^ADMIN=(\S+)$/m.exec(output);
    const [, operators] = /POST (http:\S+)\/admin\/v1\/coupons\/1\/inventory/.exec(output);
    const get = (base, token) => fetch(base, { headers: { Authorization: `Bearer ${token}` } });
    const held = await get(`${url}/api/v1/coupons/me`, alice);
    assert.deepEqual(await held.json(), { items: [], next: null });
    assert.equal((await get(`${operators}/admin/v1/coupons`, admin)).status, 200);

    const ended = once(demo, 'close');
    demo.kill('SIGINT');
    assert.deepEqual(await inTime('it ends', ended), [0, null]);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('replaces a port that is taken by a free one', async () => {
    const shop = await Shop.open();
    const taken = new URL(shop.url).host;
    const { code, output, error } = await dibs(['demo', '--exit', '--users', '20', '--stock', '5',
      '--connections', '5', '--listen', taken, '--admin-listen', '127.0.0.1:0']);
    assert.equal(code, 0, error);
    assert.ok(!output.includes(`http://${taken},`), output);
    expectJson(await shop.publicClient.get('/'));
    await shop.close();
  });
});
