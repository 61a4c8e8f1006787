// An account of what was asked of several nodes and what they said, and at the end of what the books
// say. It shares nothing with the service.

import assert from 'node:assert/strict';

import { Client } from '../../api/support/client.mjs';
import { dibs } from '../../api/support/command.mjs';
import { Customer, askRequest } from '../../api/support/customer.mjs';
import { gatewayIdentity } from '../../api/support/identity.mjs';
import { Operator } from '../../api/support/operator.mjs';
import { eventually } from '../../api/support/poll.mjs';
import { Service } from '../../api/support/service.mjs';
import { Connection, requestText } from '../../api/support/wire.mjs';

/** Nodes on one store, all started alike. */
export async function startNodes(storeUrl, count, settings = {}) {
  const nodes = [];
  for (let i = 0; i < count; i += 1) {
    nodes.push(await Service.start({
      store: storeUrl,
      settings: { auth: 'trusted-header', 'compact-at': '00:00', ...settings },
    }));
  }
  return nodes;
}

export function operatorOf(node) {
  return new Operator(new Client(node.adminUrl), gatewayIdentity.fieldsOf('operator', { isOperator: true }));
}

export function customerOf(node, name) {
  return new Customer(new Client(node.publicUrl), name, gatewayIdentity.fieldsOf(name));
}

export class Account {
  #coupon;
  #nodes;
  #asked = 0;
  #isStopping = false;
  #loads = [];
  /** Acknowledged: the id, and who got it by which key. */
  promised = new Map();
  /** Not answered, or with a 503: `{ user, key, mayBeWritten }`. */
  open = [];

  constructor(coupon, nodes) {
    this.#coupon = coupon;
    this.#nodes = nodes;
  }

  get acknowledged() { return this.promised.size; }

  /** Keeps asking, each time as somebody new, over so many connections to each node. */
  load(connectionsPerNode) {
    this.#isStopping = false;
    for (const node of this.#nodes) {
      for (let i = 0; i < connectionsPerNode; i += 1) this.#loads.push(this.#keepAsking(node));
    }
  }

  async stopLoad() {
    this.#isStopping = true;
    await Promise.all(this.#loads);
    this.#loads = [];
  }

  /** Waits until so many more were acknowledged: the service is as it was. */
  async isNormalAgain(more, options) {
    const before = this.acknowledged;
    await eventually(`${more} more are acknowledged`, () => this.acknowledged >= before + more, options);
  }

  async #keepAsking(node) {
    let connection;
    while (!this.#isStopping) {
      this.#asked += 1;
      const request = { user: `user-${this.#asked}`, key: `"key-${this.#asked}"` };
      try {
        connection ??= await Connection.open(node.publicUrl);
        this.#note(request, await this.#ask(connection, request));
      } catch {
        this.open.push({ ...request, mayBeWritten: true });
        connection?.close();
        connection = undefined;
      }
    }
    connection?.close();
  }

  #ask(connection, { user, key }) {
    const { method, path, ...rest } = askRequest(this.#coupon.id, gatewayIdentity.fieldsOf(user), key);
    return connection.ask(requestText(method, path, rest));
  }

  #note(request, answer) {
    if (answer.status === 201) {
      assert.ok(!this.promised.has(answer.json.id), `${answer.json.id} was given once`);
      this.promised.set(answer.json.id, { ...request, rank: answer.json.rank });
      return;
    }
    assert.equal(answer.status, 503, answer.text);
    assert.ok(answer.fields['retry-after'], 'a 503 says when to come again');
    this.open.push({ ...request, mayBeWritten: answer.json.code === 'outcome-unknown' });
  }

  /**
   * Everybody who has no answer asks again with the same key, and gets one. Who was told that
   * nothing was written must get a new one; only who was told nothing, or that it is not known, may
   * find that the first request had succeeded.
   */
  async repeatOpen(node) {
    const connection = await Connection.open(node.publicUrl);
    for (const { mayBeWritten, ...request } of this.open.splice(0)) {
      const answer = await eventually(`${request.user} gets an answer`, async () => {
        const given = await this.#ask(connection, request);
        return given.status === 503 ? undefined : given;
      }, { within: 60_000 });
      assert.equal(answer.status, 201, answer.text);
      const isReplay = answer.fields['idempotent-replayed'] === 'true';
      assert.ok(mayBeWritten || !isReplay, `${request.user} was told that nothing was written`);
      this.#note(request, answer);
    }
    connection.close();
  }

  /** The books hold what was promised, each once, in an order without a hole, and nothing else. */
  async settle(node, storeUrl) {
    await this.repeatOpen(node);
    const registrations = await operatorOf(node).registrations(this.#coupon.id);
    const ids = new Set(registrations.map(({ id }) => id));
    assert.equal(ids.size, registrations.length, 'no id twice');
    const users = new Set(registrations.map(({ userId }) => userId));
    assert.equal(users.size, registrations.length, 'no user beyond the limit');
    assert.deepEqual(registrations.map(({ rank }) => rank),
      Array.from({ length: registrations.length }, (_, i) => i + 1), 'ranks from 1, no hole');
    assert.equal(registrations.length, this.promised.size, 'nothing that nobody was promised');
    for (const { id, userId, rank } of registrations) {
      const promise = this.promised.get(id);
      assert.ok(promise, `${id} was acknowledged`);
      assert.deepEqual([userId, rank], [promise.user, promise.rank]);
    }
    const { code, output, error } = await dibs(['verify', '--store', storeUrl]);
    assert.equal(code, 0, `${output}${error}`);
  }
}
