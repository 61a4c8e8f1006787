// Goal: ten thousand connections that do nothing cost what the documents say and no processor time;
// out of file descriptors the service waits without turning in circles, serves whom it has, and
// takes up the others when there are descriptors again. Good customers notice neither.
// Method: real connections, counted by the kernel; the limit of a running service lowered by
// prlimit(1). DIBS_BURDEN_SECONDS as in slow_clients_test.mjs.

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';

import { stayIdle } from './support/burdens.mjs';
import { run } from './support/command.mjs';
import { expectIssued, expectJson } from './support/expect.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { MIB, busyPart, openFiles, openFilesMax, residentBytes } from './support/process.mjs';
import { Shop } from './support/shop.mjs';
import { GoodTraffic, measuring, rateBeside, tell } from './support/traffic.mjs';
import { Connection, requestText } from './support/wire.mjs';

const IDLE = 10_000;
// src/http/server.cc says 6 KB for a connection. The rest is for what the allocator rounds up.
const BYTES_PER_CONNECTION_MAX = 10_000;
// choice: of one processor; the work that goes on anyway, two looks a second, is far below it.
const BUSY_MAX = 0.05;
const LOOK_MS = 1000;

const DESCRIPTORS_LEFT = 20;
const WAITING = 200;

async function openShop() {
  const shop = await Shop.open();
  const coupon = await shop.operator.announce({ stock: 1_000_000 });
  const traffic = new GoodTraffic(shop, coupon);
  await traffic.open();
  await traffic.run(measuring.durationMs);  // Memory that is taken at first use is taken.
  return { shop, coupon, traffic, pid: shop.service.process };
}

describe(`${IDLE} idle connections`, () => {
  // The hard limit can't be raised from here; with less than this nobody could open them.
  const limit = openFilesMax();
  const skip = limit < IDLE + 1500 && `the limit of open files is ${limit}, and can't be raised`;

  test('cost little memory and no processor time, and no good customer', { skip }, async (t) => {
    const { shop, traffic, pid } = await openShop();
    const open = await shop.operator.metric('dibs_http_connections_open');
    const files = openFiles(pid).length;
    const resident = residentBytes(pid);
    let idle;
    const begin = async () => {
      idle = await stayIdle(shop.url, IDLE);
      await shop.operator.metricBecomes('dibs_http_connections_open', open + IDLE);
      return () => idle.end();
    };
    const check = async () => {
      const each = (residentBytes(pid) - resident) / IDLE;
      const busy = await busyPart(pid, LOOK_MS);
      t.diagnostic(`${each.toFixed(0)} bytes each, ${(busy * 100).toFixed(1)} % of a processor`);
      assert.ok(each <= BYTES_PER_CONNECTION_MAX, `${each} bytes each`);
      assert.ok(busy <= BUSY_MAX, `${busy} of a processor`);
      // They are there for those who have something to say after all.
      const [first] = idle.connections;
      expectJson(await inTime('an answer', first.ask(requestText('GET', '/'))));
      assert.equal(await shop.operator.metric('dibs_http_connections_refused_total'), 0);
    };
    const settle = async () => {
      await shop.operator.metricBecomes('dibs_http_connections_open', open);
      await eventually('their files are closed', () => openFiles(pid).length <= files + 2);
    };
    // Opening them takes longer than all else.
    const rounds = measuring.isLong ? measuring.rounds : 1;
    const measured = await rateBeside(traffic, begin, { ...measuring, rounds, check, settle });
    t.diagnostic(tell(measured));
    assert.ok(measured.ratio >= measuring.ratioMin, tell(measured));
    traffic.close();
    await shop.close();
  });
});

describe('out of file descriptors', () => {
  async function limit(pid, filesMax) {
    const { code, error } = await run('prlimit', ['--pid', String(pid), `--nofile=${filesMax}:`]);
    assert.equal(code, 0, error);
  }

  /** Leaves the process so many descriptors that it may still open. */
  async function leave(pid, free) {
    const used = new Set(openFiles(pid));
    let filesMax = 0;
    for (let left = free; left > 0; filesMax += 1) left -= used.has(filesMax) ? 0 : 1;
    await limit(pid, filesMax);
  }

  test('it waits, serves whom it has, and takes up the others afterwards', async (t) => {
    const { shop, coupon, traffic, pid } = await openShop();
    const resident = residentBytes(pid);
    let waiting;
    const begin = async () => {
      await leave(pid, DESCRIPTORS_LEFT);
      // The kernel connects them; the service can't accept more than it has descriptors for.
      waiting = await stayIdle(shop.url, WAITING);
      await eventually('no descriptor is left',
        () => shop.service.logged('accept-failed').length > 0);
      return () => waiting.end();
    };
    const check = async () => {
      const busy = await busyPart(pid, LOOK_MS);
      t.diagnostic(`${(busy * 100).toFixed(1)} % of a processor while it waits`);
      assert.ok(busy <= BUSY_MAX, `${busy} of a processor: it turns in circles`);
      assert.ok(residentBytes(pid) - resident < 32 * MIB);
      expectIssued(await shop.customer('kept').ask(coupon.id));
      assert.equal(expectJson(await shop.operator.get('/readyz')).status, 'ready');
      // As long as somebody goes, somebody can come: one of the good ones, or one who waited.
      const last = waiting.connections.at(-1);
      last.send(requestText('GET', '/'));
      await limit(pid, openFilesMax());
      expectJson(await inTime('who waited is answered', last.answer()));
    };
    const settle = () => shop.operator.metricBecomes('dibs_http_connections_open', open);
    // One that is open already, for `check`: a new one couldn't be accepted.
    expectIssued(await shop.customer('early').ask(coupon.id));
    const open = await shop.operator.metric('dibs_http_connections_open');
    const measured = await rateBeside(traffic, begin, { ...measuring, rounds: 1, check, settle });
    t.diagnostic(tell(measured));
    assert.ok(measured.ratio >= measuring.ratioMin, tell(measured));

    const lines = shop.service.logged('accept-failed');
    // One in ten seconds from each thread that accepts.
    const linesMax = 3 * (availableParallelism() + 1);
    assert.ok(lines.length <= linesMax, `${lines.length} lines in the log say one thing`);
    const newcomer = await Connection.open(shop.url);
    expectJson(await inTime('a newcomer is answered', newcomer.ask(requestText('GET', '/'))));
    newcomer.close();
    const { perSecond } = await traffic.run(measuring.durationMs);
    assert.ok(perSecond >= measuring.ratioMin * measured.alone, `${perSecond}/s afterwards`);
    traffic.close();
    await shop.close();
  });
});
