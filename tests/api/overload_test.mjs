// Goal: ten times more than the service can do doesn't make it do less: as many coupons are issued
// a second as without, the others are told at once to come again, memory stays bounded, and when it
// is over everything is as it was. "At once" ends with a thousand a second: beyond that a refusal
// is held back, for a second at the most.
// Method: a service that can do little, a few issues a commit on a real disk and a short line;
// `dibs rehearse` with as many connections as fit, and with ten times as many, in turns. The audit
// of what was answered is rehearse's own. DIBS_BURDEN_SECONDS as in slow_clients_test.mjs.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { dibs } from './support/command.mjs';
import { gatewayIdentity } from './support/identity.mjs';
import { MIB, residentBytes } from './support/process.mjs';
import { Shop } from './support/shop.mjs';
import { measuring } from './support/traffic.mjs';

const GROUP_MAX = 2;
const QUEUE_MAX = 14;
const FITTING = GROUP_MAX + QUEUE_MAX;
const TOO_MANY = 10 * FITTING;
const SECONDS = Math.max(1, Math.round(measuring.durationMs / 1000));
// The second for which a refusal may be held back, and a turn of the one HTTP thread, which shares
// its core with those who ask.
const REFUSAL_MAX_S = 2;
const GROWTH_MAX = 64 * MIB;

// Not in memory, where the other tests' stores are: a commit shall take its time.
const folder = mkdtempSync('/var/tmp/dibs-overload-');
after(() => rmSync(folder, { recursive: true, force: true }));

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

test('ten times too much', { timeout: 600_000 }, async (t) => {
  const shop = await Shop.open({
    store: join(folder, 'dibs.db'),
    settings: {
      auth: 'trusted-header', 'group-max': GROUP_MAX, 'queue-max': QUEUE_MAX, 'http-threads': 1,
    },
    identity: gatewayIdentity,
  });
  const coupon = await shop.operator.announce({ stock: 100_000_000, limitPerUser: 1000 });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(shop.service.process));
  }, 20);

  /** What so many connections come to: `{ issued, refused }` a second, and how long both took. */
  const press = async (connections) => {
    const { output, error } = await dibs(['rehearse', '--target', shop.url, '--admin', shop.adminUrl,
      '--coupon', String(coupon.id), '--trusted-header', '--json', '--users', '100000',
      '--connections', String(connections), '--duration', `${SECONDS}s`]);
    assert.notEqual(output, '', error);
    const report = JSON.parse(output);
    assert.equal(report.audit.isClean, true, JSON.stringify(report.audit));
    assert.equal(report.requests.unanswered, 0, JSON.stringify(report.requests));
    for (const { status, code } of report.outcomes) {
      assert.ok(status === 201 || code === 'overloaded', `${status} ${code}`);
    }
    const perSecond = (status) => report.outcomes.filter((one) => one.status === status)
      .reduce((sum, { count }) => sum + count, 0) / report.elapsed;
    return { issued: perSecond(201), refused: perSecond(503), latency: report.latency };
  };

  const [fitting, tooMany] = [[], []];
  const rounds = measuring.isLong ? measuring.rounds : 1;
  for (let round = 0; round < rounds; round += 1) {
    fitting.push(await press(FITTING));
    tooMany.push(await press(TOO_MANY));
  }
  const resident = residentBytes(shop.service.process);
  const afterwards = await press(FITTING);
  clearInterval(watch);

  const normal = median(fitting.map(({ issued }) => issued));
  const pressed = median(tooMany.map(({ issued }) => issued));
  const refused = median(tooMany.map((one) => one.refused));
  const slowest = Math.max(...tooMany.map(({ latency }) => latency.failed?.p99 ?? 0));
  t.diagnostic(`${normal.toFixed(0)}/s issued to ${FITTING} connections, ${pressed.toFixed(0)}/s to`
    + ` ${TOO_MANY} (${(pressed / normal).toFixed(2)}), ${refused.toFixed(0)}/s refused, p99 of those`
    + ` ${(slowest * 1000).toFixed(1)} ms; ${(most / MIB).toFixed(0)} MiB at most`);
  assert.ok(refused > 0, `it was too much: ${refused}/s refused`);
  assert.ok(pressed >= measuring.ratioMin * normal, `${pressed}/s pressed, ${normal}/s without`);
  assert.ok(slowest <= REFUSAL_MAX_S, `refusals took ${slowest} s`);
  assert.ok(most - resident <= GROWTH_MAX, `${(most - resident) / MIB} MiB more at the peak`);
  assert.ok(afterwards.issued >= measuring.ratioMin * normal, `${afterwards.issued}/s afterwards`);
  assert.equal(await shop.operator.metric('dibs_waiting_line_length'), 0);
  await shop.close();
});
