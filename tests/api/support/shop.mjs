// A shop: a service with books of its own, an operator, and customers. What a test file opens once
// and shares among its tests, each of which announces coupons of its own.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { Client } from './client.mjs';
import { dibs, storeUrlOf, verify } from './command.mjs';
import { sendAtOnce } from './crowd.mjs';
import { Customer, askRequest } from './customer.mjs';
import { SecretIdentity } from './identity.mjs';
import { temporaryFolder } from './leftovers.mjs';
import { valueOf } from './metrics.mjs';
import { Operator } from './operator.mjs';
import { eventually } from './poll.mjs';
import { isOnPostgres, PostgresDatabase, sharedPostgres } from './postgres.mjs';
import { Service } from './service.mjs';
import { withWriteLock } from './sqlite_shell.mjs';

export class Shop {
  #options;
  #service;
  #customers;
  #operators;

  /**
   * Opens the shop. `settings` are flags of `dibs serve`, `environment` its variables, `store` a
   * database file that may be there already, or a PostgreSQL database, `identity` how callers prove
   * who they are, `prefix` words before the command.
   *
   * Who names no store gets a new one: a file, or what DIBS_TEST_STORE says.
   */
  static async open(options = {}) {
    const isElsewhere = options.store === undefined && isOnPostgres;
    const store = isElsewhere ? await (await sharedPostgres()).createDatabase() : options.store;
    const shop = new Shop({ ...options, store });
    await shop.start();
    return shop;
  }

  constructor({ settings = {}, environment = {}, prefix = [], store, identity } = {}) {
    this.#options = { settings, environment, prefix };
    this.store = store ?? join(temporaryFolder(), 'dibs.db');
    if (store instanceof PostgresDatabase) this.#settleOn(store);
    this.identity ??= identity ?? new SecretIdentity(`${this.store}.key`);
    /** The log's lines of services of this shop that have ended. */
    this.earlierLines = [];
  }

  get service() { return this.#service; }
  get url() { return this.#service.publicUrl; }
  get adminUrl() { return this.#service.adminUrl; }
  get storeUrl() { return storeUrlOf(this.store); }

  /** Starts the service; on the same books, if there was one before. */
  async start(changes = {}) {
    Object.assign(this.#options, changes);
    this.#service = await Service.start({ store: this.store, ...this.#options });
    this.#customers = new Client(this.url);
    this.#operators = new Client(this.adminUrl);
    this.operator = new Operator(this.#operators,
      this.identity.fieldsOf('operator', { isOperator: true }));
  }

  /** Nobody in particular, on the public listener or on the operators'. */
  get publicClient() { return this.#customers; }
  get adminClient() { return this.#operators; }

  customer(name) {
    return new Customer(this.#customers, name, this.identity.fieldsOf(name));
  }

  /** Users that nobody else has: `alice-1`, `alice-2`, … */
  users(prefix, count) {
    return Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
  }

  /** All of them ask for the coupon at the same moment; the answers in their order. */
  askAtOnce(couponId, users, { keyOf, ...options } = {}) {
    const requests = users.map((user, i) =>
      askRequest(couponId, this.identity.fieldsOf(user), keyOf?.(user, i)));
    return sendAtOnce(this.url, requests, options);
  }

  /**
   * They ask one after another, in this order, while the store can't be written: the first one's
   * request is in the committer's hands, and the others wait. The answers to come.
   */
  async askInOrder(couponId, users) {
    const before = await this.operator.metric('dibs_http_requests_total');
    const asked = [];
    for (const user of users) {
      asked.push(this.customer(user).ask(couponId));
      await eventually(`${user} stands in line`, async () => {
        const page = await this.operator.metrics();
        return valueOf(page, 'dibs_http_requests_total') === before + asked.length
          && valueOf(page, 'dibs_waiting_line_length') === asked.length - 1;
      });
    }
    return asked;
  }

  /** Does `work` while nothing can be written; reading goes on. */
  withWriteLock(work) {
    return this.database ? this.database.withWriteLock(work) : withWriteLock(this.store, work);
  }

  /** Ends the service with SIGTERM and expects it to end well. */
  async stop() {
    this.#hangUp();
    const { code, signal } = await this.#service.stop();
    const how = `dibs serve ended with ${code ?? signal}: ${this.#service.standardError}`;
    assert.equal(code, 0, how);
    this.earlierLines.push(...this.#service.lines);
  }

  /** Ends the service with SIGKILL. */
  async kill() {
    await this.#service.kill();
    this.#hangUp();
    this.earlierLines.push(...this.#service.lines);
  }

  async restart(changes) {
    await this.stop();
    await this.start(changes);
  }

  /** Expects the books to be right, beside the running service or after it. */
  async expectTrueBooks() {
    const { code, report, error } = await verify(this.store);
    assert.equal(code, 0, `dibs verify: ${error}${JSON.stringify(report)}`);
    assert.equal(report.ok, true);
    return report;
  }

  /** What `dibs` says of this shop's store. */
  dibs(command, ...args) {
    return dibs([...command.split(' '), '--store', this.storeUrl, ...args]);
  }

  /** The end of every shop: it stops in good order, its books are right, its log keeps secrets. */
  async close() {
    await this.stop();
    await this.expectTrueBooks();
    for (const line of this.earlierLines) {
      assert.doesNotThrow(() => JSON.parse(line), `a line of the log is JSON: ${line}`);
      assert.ok(!line.includes('eyJ'), `no token is in the log: ${line}`);
    }
    assert.equal(this.#service.standardError, '');
  }

  /** Nodes of one database have one key, which lies beside no file. */
  #settleOn(database) {
    this.database = database;
    this.store = database.url;
    const { settings } = this.#options;
    const isKeyed = ['jwks-file', 'jwt-secret-file', 'auth'].some((name) => name in settings);
    this.#options.settings = {
      'allow-fsync-off': true,
      ...(isKeyed ? {} : { 'jwt-secret-file': database.keyFile }),
      ...settings,
    };
    if (!isKeyed) this.identity = new SecretIdentity(database.keyFile);
  }

  #hangUp() {
    this.#customers.close();
    this.#operators.close();
  }
}
