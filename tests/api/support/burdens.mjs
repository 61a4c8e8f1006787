// Clients as they shouldn't be: who send a byte now and then, who don't read, who go half-way and
// stay there. Each opens many connections and holds on to them until `end`.

import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';

import { openConnections } from './crowd.mjs';
import { closeAtTheEnd } from './leftovers.mjs';

// choice: often enough that each connection is busy all the time, seldom enough that this process
// has time for others.
const DRIP_EVERY_MS = 100;

const dripping = (start, filler) => async (url, count, headers = {}) => {
  const connections = await openConnections(url, count);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const ended = connections.map(async (connection) => {
    const sentAt = performance.now();
    connection.send(start(lines));
    await connection.closed;
    return { tookMs: performance.now() - sentAt, received: connection.received };
  });
  const timer = setInterval(() => {
    for (const connection of connections) connection.send(filler);
  }, DRIP_EVERY_MS);
  const stop = () => clearInterval(timer);
  return {
    /** When the service has cut all of them: how long each lasted, and what it was told. */
    ended: Promise.all(ended).finally(stop),
    end() {
      stop();
      for (const connection of connections) connection.close();
    },
  };
};

/** A header that never comes to its end, a byte at a time. */
export const dripHeaders = dripping(() => 'GET / HTTP/1.1\r\nHost: dibs\r\nX: ', 'x');

/** A body that never comes to its end, a byte at a time. */
export const dripBodies = dripping((lines) =>
  `POST /api/v1/coupons/1/me HTTP/1.1\r\nHost: dibs\r\n${lines}Content-Length: 60000\r\n\r\n`, 'x');

/** Asks for the same again and again, and takes none of the answers until `takeAll`. */
export async function readNothing(url, count, request, times) {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => closeAtTheEnd(connect({
    host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true,
  })));
  for (const socket of sockets) socket.on('error', () => {});  // The end may be a reset.
  // Which may come before anybody reads, if there is still something to send.
  const closings = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(request.repeat(times));
  return {
    /** Reads what there is, until the service's end; how many bytes that was, for each. */
    takeAll: () => Promise.all(sockets.map(async (socket, i) => {
      socket.on('data', () => {});
      socket.once('end', () => socket.end());
      await closings[i];
      return socket.bytesRead;
    })),
    end() { for (const socket of sockets) socket.destroy(); },
  };
}

/** Connections that say nothing at all. */
export async function stayIdle(url, count) {
  const connections = await openConnections(url, count);
  return {
    connections,
    end() { for (const connection of connections) connection.close(); },
  };
}
