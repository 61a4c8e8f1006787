// Goal: who is slow, or goes half-way, costs the service a bounded time and a bounded memory, and
// nobody else notices: headers and bodies that drip, answers that nobody takes, sockets of which one
// half is closed.
// Method: such clients by the hundred against short time-outs; good customers beside them, whose rate
// is measured with and without, in turns. DIBS_BURDEN_SECONDS (0.4) is how long each measurement
// takes; from 3 on the rate has to be 0.9 of what it is without.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { dripBodies, dripHeaders, readNothing } from './support/burdens.mjs';
import { openConnections } from './support/crowd.mjs';
import { expectIssued } from './support/expect.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { MIB, openFiles, residentBytes } from './support/process.mjs';
import { Shop } from './support/shop.mjs';
import { GoodTraffic, measuring, rateBeside, tell } from './support/traffic.mjs';
import { Connection, requestText } from './support/wire.mjs';

const TIMEOUT_MS = 1500;
// The service looks at its deadlines twice a second; the rest is for a machine that is busy.
const LATE_MAX_MS = 500 + 3000;

const SLOW = 100;
const HALF = 200;
const DEAF = 20;
// Enough that the answers exceed what the kernel keeps for both ends of a connection, which is up to
// 4 MiB for the sender and 6 MiB for the receiver (net.ipv4.tcp_wmem and tcp_rmem).
const UNREAD_BYTES = 16 * MIB;

let shop;
let coupon;
let traffic;
before(async () => {
  shop = await Shop.open({
    settings: {
      'header-timeout-ms': TIMEOUT_MS, 'body-timeout-ms': TIMEOUT_MS,
      'write-timeout-ms': TIMEOUT_MS,
    },
  });
  coupon = await shop.operator.announce({ stock: 1_000_000 });
  traffic = new GoodTraffic(shop, coupon);
  await traffic.open();
});
after(async () => {
  traffic.close();
  await shop.close();
});

/** Where the service was before, it is again: no connection and no file is left of them. */
async function expectNothingLeft(connections, files) {
  await shop.operator.metricBecomes('dibs_http_connections_open', connections);
  await eventually('their files are closed',
    () => openFiles(shop.service.process).length <= files + 2);
}

/** Good customers are served beside a burden, and the service is as it was when that is over. */
async function expectGoodTrafficBeside(t, burden) {
  const connections = await shop.operator.metric('dibs_http_connections_open');
  const files = openFiles(shop.service.process).length;
  const measured = await rateBeside(traffic, burden, measuring);
  t.diagnostic(tell(measured));
  assert.ok(measured.ratio >= measuring.ratioMin, tell(measured));
  await expectNothingLeft(connections, files);
  const { perSecond } = await traffic.run(measuring.durationMs);
  assert.ok(perSecond >= measuring.ratioMin * measured.alone, `${perSecond}/s afterwards`);
}

for (const [what, drip] of [['headers', dripHeaders], ['bodies', dripBodies]]) {
  describe(`${what} that drip`, () => {
    test('are cut when their time is over, however busily they drip', async (t) => {
      const timedOut = await shop.operator.metric('dibs_http_timed_out_total');
      const burden = await drip(shop.url, SLOW, shop.customer('slow').fields);
      const ended = await inTime('all are cut', burden.ended, TIMEOUT_MS + 2 * LATE_MAX_MS);
      for (const { tookMs, received } of ended) {
        assert.match(received, /^HTTP\/1\.1 408 /);
        assert.ok(tookMs >= TIMEOUT_MS - 100, `not before its time: ${tookMs} ms`);
        assert.ok(tookMs <= TIMEOUT_MS + LATE_MAX_MS, `it took ${tookMs} ms`);
      }
      t.diagnostic(`the last of ${SLOW} after ${Math.max(...ended.map(({ tookMs }) => tookMs)).toFixed(0)} ms`);
      assert.equal(await shop.operator.metric('dibs_http_timed_out_total'), timedOut + SLOW);
    });

    test('hold no good customer up', async (t) => {
      await expectGoodTrafficBeside(t, async () => {
        const burden = await drip(shop.url, SLOW, shop.customer('slow').fields);
        return () => burden.end();
      });
    });
  });
}

describe('answers that nobody takes', () => {
  /** What is asked for, on which listener, so often that it doesn't fit into the kernel's buffers. */
  async function deafClients(listener) {
    const isPublic = listener === 'public';
    const url = isPublic ? shop.url : shop.adminUrl;
    const [path, headers] = isPublic
      ? ['/api/v1/coupons?limit=100', {}]
      : [`/admin/v1/coupons/${coupon.id}/registrations`, { ...shop.operator.fields, Accept: 'text/csv' }];
    const client = isPublic ? shop.publicClient : shop.adminClient;
    const { bytes } = await client.get(path, { headers });
    const times = Math.ceil(UNREAD_BYTES / bytes.length);
    return { burden: await readNothing(url, DEAF, requestText('GET', path, { headers }), times), times };
  }

  before(async () => {
    for (let i = 0; i < 100; i += 1) {
      await shop.operator.announce({ name: `A coupon with a name of a usual length, the ${i}th` });
    }
    await shop.askAtOnce(coupon.id, shop.users('listed', 600));
  });

  for (const [listener, what] of [['public', 'listings'], ['operators', 'streams of CSV']]) {
    test(`${what} are given up in time, and memory stays bounded`, async (t) => {
      const pid = shop.service.process;
      const resident = residentBytes(pid);
      const timedOut = await shop.operator.metric('dibs_http_timed_out_total');
      const { burden, times } = await deafClients(listener);
      let most = resident;
      await eventually('all were given up', async () => {
        most = Math.max(most, residentBytes(pid));
        return await shop.operator.metric('dibs_http_timed_out_total') >= timedOut + DEAF;
      }, { within: TIMEOUT_MS + 2 * LATE_MAX_MS });
      t.diagnostic(`${DEAF} clients, ${times} unread answers each: `
        + `${((most - resident) / MIB).toFixed(1)} MiB more at most`);
      // One answer each is written at a time: what is asked for next waits in the kernel.
      assert.ok(most - resident < 32 * MIB, `${(most - resident) / MIB} MiB more`);
      for (const connection of burden.connections) connection.resume();
      await inTime('all are closed', Promise.all(burden.connections.map(({ closed }) => closed)));
      for (const { received } of burden.connections) {
        const answers = received.match(/^HTTP\/1\.1 200 /gm) ?? [];
        assert.ok(answers.length < times, 'not everything was answered');
      }
      burden.end();
    });
  }

  test('hold no good customer up', async (t) => {
    await expectGoodTrafficBeside(t, async () => {
      const { burden } = await deafClients('public');
      return () => burden.end();
    });
  });
});

describe('sockets of which one half is closed', () => {
  test('by the client, behind its request: it gets its answer', async () => {
    const { id } = await shop.operator.announce({ stock: HALF });
    const users = shop.users('half', HALF);
    await Promise.all(users.map(async (user) => {
      const connection = await Connection.open(shop.url);
      connection.send(requestText('POST', `/api/v1/coupons/${id}/me`,
        { headers: shop.identity.fieldsOf(user) }));
      connection.finishSending();
      expectIssued(await inTime('an answer', connection.answer()));
      await inTime('the connection ends', connection.closed);
    }));
    assert.equal((await shop.operator.coupon(id)).issued, HALF);
  });

  test('by the client, before any request: it is closed without a word', async () => {
    const connections = await openConnections(shop.url, HALF);
    for (const connection of connections) connection.finishSending();
    await inTime('all are closed', Promise.all(connections.map(({ closed }) => closed)));
    for (const { received } of connections) assert.equal(received, '');
  });

  test('by the service, and the client stays: it is given up, and nothing is left', async (t) => {
    const open = await shop.operator.metric('dibs_http_connections_open');
    const files = openFiles(shop.service.process).length;
    const connections = await openConnections(shop.url, HALF, { halfOpen: true });
    const last = requestText('GET', '/', { headers: { Connection: 'close' } });
    await Promise.all(connections.map((connection) => connection.ask(last)));
    await expectNothingLeft(open, files);
    for (const connection of connections) connection.close();
    t.diagnostic(`${HALF} clients that never close`);
  });

  test('hold no good customer up', async (t) => {
    await expectGoodTrafficBeside(t, async () => {
      const staying = await openConnections(shop.url, HALF, { halfOpen: true });
      const last = requestText('GET', '/', { headers: { Connection: 'close' } });
      for (const connection of staying) connection.send(last);
      const silent = await openConnections(shop.url, HALF, { halfOpen: true });
      for (const connection of silent) connection.finishSending();
      return () => { for (const connection of [...staying, ...silent]) connection.close(); };
    });
  });
});
