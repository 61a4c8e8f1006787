// Goal: who is slow, or goes half-way, costs the service a bounded time and a bounded memory, and
// nobody else notices: headers and bodies that drip, answers that nobody takes, sockets of which
// one half is closed.
// Method: such clients by the hundred against short time-outs; and, against the usual ones, beside
// good customers, whose rate is measured with and without, in turns. DIBS_BURDEN_SECONDS (0.3) is
// how long each measurement takes; from 3 on the rate has to be 0.9 of what it is without.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { dripBodies, dripHeaders, readNothing } from './support/burdens.mjs';
import { openConnections } from './support/crowd.mjs';
import { expectIssued } from './support/expect.mjs';
import { eventually, inTime } from './support/poll.mjs';
import { MIB, busyPart, openFiles, openSockets, residentBytes } from './support/process.mjs';
import { Shop } from './support/shop.mjs';
import { GoodTraffic, measuring, rateBeside, tell } from './support/traffic.mjs';
import { Connection, requestText } from './support/wire.mjs';

const TIMEOUT_MS = 1500;
// The service looks at its deadlines twice a second; the rest is for a machine that is busy.
const LATE_MAX_MS = 500 + 5000;

const SLOW = 100;
const HALF = 200;
const DEAF = 12;
// Enough that the answers exceed what the kernel keeps: up to 4 MiB for who sends
// (net.ipv4.tcp_wmem), and for who receives and doesn't read, what a socket begins with (tcp_rmem).
const UNREAD_BYTES = 8 * MIB;
// choice: what tests' own connections may add; a burden's are a hundred.
const OWN_FILES = 6;

/** A shop with a hundred coupons, and one of which 600 users have one. */
async function openShop(settings) {
  const shop = await Shop.open({ settings });
  const coupon = await shop.operator.announce({ stock: 1_000_000 });
  for (let i = 0; i < 100; i += 1) {
    await shop.operator.announce({ name: `A coupon with a name of a usual length, the ${i}th` });
  }
  await shop.askAtOnce(coupon.id, shop.users('listed', 600));
  await shop.publicClient.get('/');
  const files = openFiles(shop.service.process).length;
  return { shop, coupon, files };
}

const expectNothingLeft = ({ shop, files }) => eventually('their files are closed',
  () => openFiles(shop.service.process).length <= files + OWN_FILES);

/** Clients who take no answers, and ask so often that those don't fit into the kernel's buffers. */
async function deafClients({ shop, coupon }, listener) {
  const isPublic = listener === 'public';
  const url = isPublic ? shop.url : shop.adminUrl;
  const [path, headers] = isPublic
    ? ['/api/v1/coupons?limit=100', {}]
    : [`/admin/v1/coupons/${coupon.id}/registrations`,
      { ...shop.operator.fields, Accept: 'text/csv' }];
  const client = isPublic ? shop.publicClient : shop.adminClient;
  const { bytes } = await client.get(path, { headers });
  const times = Math.ceil(UNREAD_BYTES / bytes.length);
  const pid = shop.service.process;
  const sockets = openSockets(pid);
  const burden = await readNothing(url, DEAF, requestText('GET', path, { headers }), times);
  await eventually('the service has them', () => openSockets(pid) >= sockets + DEAF);
  const areGivenUp = () => openSockets(pid) <= sockets;
  return { burden, areGivenUp, wanted: bytes.length * times };
}

/** Clients who wait for an answer with `Connection: close`, and leave their half open then. */
async function stayingClients({ url }) {
  const connections = await openConnections(url, HALF, { halfOpen: true });
  const last = requestText('GET', '/', { headers: { Connection: 'close' } });
  await Promise.all(connections.map((connection) => connection.ask(last)));
  return connections;
}

describe('within short time-outs', () => {
  let opened;
  let shop;
  before(async () => {
    opened = await openShop({ 'header-timeout-ms': TIMEOUT_MS, 'body-timeout-ms': TIMEOUT_MS,
      'write-timeout-ms': TIMEOUT_MS });
    ({ shop } = opened);
  });
  after(() => shop.close());

  for (const [what, drip] of [['headers', dripHeaders], ['bodies', dripBodies]]) {
    test(`${what} that drip are cut when their time is over, however busily`, async (t) => {
      const timedOut = await shop.operator.metric('dibs_http_timed_out_total');
      const burden = await drip(shop.url, SLOW, shop.customer('slow').fields);
      const ended = await inTime('all are cut', burden.ended, TIMEOUT_MS + 2 * LATE_MAX_MS)
        .finally(() => burden.end());
      for (const { tookMs, received } of ended) {
        assert.match(received, /^HTTP\/1\.1 408 /);
        assert.ok(tookMs >= TIMEOUT_MS - 100, `not before its time: ${tookMs} ms`);
        assert.ok(tookMs <= TIMEOUT_MS + LATE_MAX_MS, `it took ${tookMs} ms`);
      }
      const last = Math.max(...ended.map(({ tookMs }) => tookMs));
      t.diagnostic(`the last of ${SLOW} after ${last.toFixed(0)} ms`);
      assert.equal(await shop.operator.metric('dibs_http_timed_out_total'), timedOut + SLOW);
      await expectNothingLeft(opened);
    });
  }

  for (const [listener, what] of [['public', 'listings'], ['operators', 'streams of CSV']]) {
    test(`${what} that nobody takes are given up, and memory stays bounded`, async (t) => {
      const pid = shop.service.process;
      const resident = residentBytes(pid);
      const { burden, areGivenUp, wanted } = await deafClients(opened, listener);
      let most = resident;
      const watch = setInterval(() => { most = Math.max(most, residentBytes(pid)); }, 20);
      try {
        await eventually('all of them are given up', areGivenUp);
        await expectNothingLeft(opened);
        t.diagnostic(`${DEAF} clients with ${(wanted / MIB).toFixed(0)} MiB unread each: `
          + `${((most - resident) / MIB).toFixed(1)} MiB more at most`);
        // One answer each is written at a time: what is asked for next waits in the kernel.
        assert.ok(most - resident < 32 * MIB, `${(most - resident) / MIB} MiB more`);
        const got = await inTime('all are closed', burden.takeAll());
        for (const bytes of got) assert.ok(bytes < wanted, 'not everything was answered');
      } finally {
        clearInterval(watch);
        burden.end();
      }
    });
  }

  test('who never closes their half is given up, and nothing is left', async (t) => {
    const connections = await stayingClients(shop);
    await expectNothingLeft(opened).finally(() => {
      for (const connection of connections) connection.close();
    });
    t.diagnostic(`${HALF} clients that never close`);
  });

  test('who closes their half behind a request gets the answer', async () => {
    const { id } = await shop.operator.announce({ stock: HALF });
    await Promise.all(shop.users('half', HALF).map(async (user) => {
      const connection = await Connection.open(shop.url);
      connection.send(requestText('POST', `/api/v1/coupons/${id}/me`,
        { headers: shop.identity.fieldsOf(user) }));
      connection.finishSending();
      expectIssued(await inTime('an answer', connection.answer()));
      await inTime('the connection ends', connection.closed);
    }));
    assert.equal((await shop.operator.coupon(id)).issued, HALF);
    await expectNothingLeft(opened);
  });

  test('who closes their half before any request is closed without a word', async () => {
    const connections = await openConnections(shop.url, HALF);
    for (const connection of connections) connection.finishSending();
    await inTime('all are closed', Promise.all(connections.map(({ closed }) => closed)));
    for (const { received } of connections) assert.equal(received, '');
    await expectNothingLeft(opened);
  });
});

describe('good customers are served beside', () => {
  let opened;
  let shop;
  let traffic;
  before(async () => {
    opened = await openShop({});
    ({ shop } = opened);
    traffic = new GoodTraffic(shop, opened.coupon);
    await traffic.open();
    await traffic.run(measuring.durationMs);
    opened.files = openFiles(shop.service.process).length;
  });
  after(async () => {
    traffic.close();
    await shop.close();
  });

  /** Good customers are served beside a burden, and all is as it was when that is over. */
  const beside = (what, burden) => test(what, async (t) => {
    const settle = () => expectNothingLeft(opened);
    const measured = await rateBeside(traffic, burden, { ...measuring, settle });
    t.diagnostic(tell(measured));
    assert.ok(measured.ratio >= measuring.ratioMin, tell(measured));
    const { perSecond } = await traffic.run(measuring.durationMs);
    assert.ok(perSecond >= measuring.ratioMin * measured.alone, `${perSecond}/s afterwards`);
  });

  for (const [what, drip] of [['headers', dripHeaders], ['bodies', dripBodies]]) {
    beside(`${what} that drip`, async () => {
      const burden = await drip(shop.url, SLOW, shop.customer('slow').fields);
      return () => burden.end();
    });
  }

  for (const [listener, what] of [['public', 'listings'], ['operators', 'streams of CSV']]) {
    beside(`${what} that nobody takes`, async () => {
      const { burden } = await deafClients(opened, listener);
      // Until nothing more fits, they are served like anybody; what comes then is measured.
      await eventually('nothing more fits', async () =>
        await busyPart(shop.service.process, 200) < 0.2);
      return () => burden.end();
    });
  }

  beside('halves that are closed', async () => {
    const staying = await stayingClients(shop);
    const silent = await openConnections(shop.url, HALF, { halfOpen: true });
    for (const connection of silent) connection.finishSending();
    return () => { for (const connection of [...staying, ...silent]) connection.close(); };
  });
});
