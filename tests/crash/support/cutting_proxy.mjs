// A proxy between a node and PostgreSQL that reads along, and can cut, stall or close half of a
// connection at a COMMIT: after it was passed on and before its answer comes back.

import { connect, createServer } from 'node:net';
import { once } from 'node:events';

/** What may be done to a COMMIT. */
export const faults = {
  /** The server gets it, the node never hears of it. */
  cutAfterCommit(client, server, bytes) {
    server.write(bytes);
    client.destroy();
    server.end();
  },
  /** The server never gets it. */
  cutBeforeCommit(client, server) {
    client.destroy();
    server.destroy();
  },
  /** The server gets it; its answer, and all after it, is never passed on, and nobody hangs up. */
  stallAfterCommit(client, server, bytes, pipe) {
    pipe.isStalled = true;
    server.write(bytes);
  },
  /** Our side of the connection is closed for writing, which the server takes for an end. */
  halfCloseAtCommit(client, server, bytes) {
    server.end(bytes);
  },
};

export class CuttingProxy {
  #server;
  #target;
  #armed = [];
  /** How often each fault was done. */
  done = {};

  static async open(target) {
    const proxy = new CuttingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    proxy.#server.unref();
    await once(proxy.#server, 'listening');
    return proxy;
  }

  constructor(target) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#join(client));
  }

  get port() { return this.#server.address().port; }

  /** The same URL, by way of this proxy. */
  through(url) { return url.replace(/:\d+\//, `:${this.port}/`); }

  /** The next COMMIT that comes by meets this fault. */
  arm(name) { this.#armed.push(name); }

  #join(client) {
    const server = connect(this.#target);
    const pipe = { isStalled: false };
    client.setNoDelay();
    server.setNoDelay();
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.on('end', () => server.end());
    server.on('end', () => { if (!pipe.isStalled) client.end(); });
    server.on('data', (bytes) => { if (!pipe.isStalled) client.write(bytes); });
    client.on('data', (bytes) => {
      // COMMIT is prepared once on a connection and then sent by its name; its text comes by only
      // the first time. What comes by each time is the batch of the inserts that ends with it: the
      // arrays of the event's columns, in braces.
      if (this.#armed.length > 0 && bytes.includes('{')) {
        const name = this.#armed.shift();
        this.done[name] = (this.done[name] ?? 0) + 1;
        faults[name](client, server, bytes, pipe);
        return;
      }
      server.write(bytes);
    });
  }
}
