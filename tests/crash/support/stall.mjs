// A quiet coupon beside the rushes, from its announcement to its account: customers ask for it in
// all the ways there are, operators restock it, correct it, take some back and change its terms, and
// in the end the books must say exactly what was told. Afterwards only the account's hash is kept, so
// that it can be held against the books again hours and folds later.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { expectIssued, expectJson, expectProblem } from '../../api/support/expect.mjs';
import { readPages } from '../../api/support/pages.mjs';

const LIMIT = 2;
const STOCK = 40;
const CUSTOMERS = 30;  // Who want more than there is.
const ASKED_AT_ONCE = 6;
const GUILDS = 50;  // Customers come again, for a later stall, and hold more and more.

/** What says of registrations who got which, and in which rank: a hash, whatever their order. */
function hashOf(registrations) {
  const lines = registrations.map(({ id, userId, rank, status }) => `${id} ${userId} ${rank} ${status}`);
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64');
}

export class Stall {
  #shop;
  #coupon;
  #number;
  #promised = new Map();  // By id: who got it, and in which rank.
  #stockAdded = 0;
  #returned = new Set();
  #told;

  /** `told` counts what was answered, by what it was. */
  static async open(shop, number, told) {
    const coupon = await shop.operator.announce(
      { name: `Stall ${number}`, stock: STOCK, limitPerUser: LIMIT });
    return new Stall(shop, number, coupon, told);
  }

  constructor(shop, number, coupon, told) {
    this.#shop = shop;
    this.#number = number;
    this.#coupon = coupon;
    this.#told = told;
  }

  /** All of it, with so many milliseconds between two lots of customers, and the account. */
  async live(pauseMs) {
    const guild = this.#number % GUILDS;
    const customers = Array.from({ length: CUSTOMERS }, (_, i) =>
      this.#shop.customer(`quiet-${guild}-${i}`));
    // What operators do after each lot. The fourth meets the end of the stock.
    const deeds = [() => this.#changeStock(-1), () => this.#rename(), () => this.#takeOneBack(),
      () => this.#changeStock(5)];
    for (let first = 0; first < CUSTOMERS; first += ASKED_AT_ONCE) {
      await Promise.all(customers.slice(first, first + ASKED_AT_ONCE)
        .map((customer, i) => this.#buyAndLook(customer, first + i)));
      await deeds[first / ASKED_AT_ONCE]?.();
      await pause(pauseMs);
    }
    await this.#settle();
    return { couponId: this.#coupon.id, hash: hashOf(this.#owed()) };
  }

  #tell(what) { this.#told[what] = (this.#told[what] ?? 0) + 1; }

  /** Twice with a key, each of them repeated; once more without; and a look at what is held. */
  async #buyAndLook(customer, place) {
    const own = [];
    for (const nth of [1, 2]) {
      const key = `"${this.#number}-${place}-${nth}"`;
      const answer = await customer.ask(this.#coupon.id, { key });
      if (answer.status !== 201) {
        expectProblem(answer, 400, 'coupon-sold-out');
        this.#tell('sold out');
        continue;
      }
      const registered = expectIssued(answer);
      assert.ok(!this.#promised.has(registered.id), `${registered.id} was given once`);
      this.#promised.set(registered.id, { user: customer.name, rank: registered.rank });
      own.push(registered.id);
      this.#tell('issued');
      const again = await customer.ask(this.#coupon.id, { key });
      assert.equal(again.text, answer.text, 'a repeat is told the same');
      assert.equal(again.fields['idempotent-replayed'], 'true');
      this.#tell('repeated');
    }
    if (own.length === LIMIT) {
      expectProblem(await customer.ask(this.#coupon.id), 409, 'coupon-already-registered');
      this.#tell('beyond the limit');
    }
    await this.#look(customer, own);
  }

  async #look(customer, own) {
    const listed = (await readPages((query) => customer.holdings(`?${query}`), 10)).map(({ id }) => id);
    assert.equal(new Set(listed).size, listed.length, `${customer.name} sees nothing twice`);
    for (const id of own) {
      assert.ok(listed.includes(id), `${customer.name} sees ${id} at once`);
      assert.equal(expectJson(await customer.holding(id)).id, id);
    }
    this.#tell('listed');
  }

  async #changeStock(amount) {
    expectJson(await this.#shop.operator.changeStock(this.#coupon.id, amount), 201);
    this.#stockAdded += amount;
  }

  async #takeOneBack() {
    const [id] = this.#promised.keys();
    expectJson(await this.#shop.operator.takeBack(id), 201);
    this.#returned.add(id);
    this.#tell('taken back');
  }

  async #rename() {
    const name = `Stall ${this.#number}, renamed`;
    const changed = expectJson(await this.#shop.operator.change(this.#coupon.id, { name }));
    assert.equal(changed.name, name);
  }

  /** What the books have to say of those that were promised. */
  #owed() {
    return [...this.#promised].map(([id, { user, rank }]) => ({
      id, userId: user, rank, status: this.#returned.has(id) ? 'returned' : 'active',
    }));
  }

  /** The books hold what was promised, each once, and nothing else; and the stock follows. */
  async #settle() {
    const { id } = this.#coupon;
    const registrations = await this.#shop.operator.registrations(id);
    assert.equal(registrations.length, this.#promised.size, 'nothing that nobody was promised');
    const kept = new Map(registrations.map((row) => [row.id, row]));
    assert.equal(kept.size, registrations.length, 'no id twice');
    for (const owed of this.#owed()) {
      const row = kept.get(owed.id);
      assert.ok(row, `${owed.id} was acknowledged and is in the books`);
      assert.deepEqual([row.userId, row.rank, row.status], [owed.userId, owed.rank, owed.status]);
    }
    const { stock, issued } = await this.#shop.operator.stock(id);
    assert.equal(issued, this.#promised.size);
    assert.equal(stock, STOCK + this.#stockAdded - issued + this.#returned.size, 'never oversold');
    const history = await readPages((query) =>
      this.#shop.operator.get(`/admin/v1/coupons/${id}/history?${query}`), 20);
    assert.deepEqual(history.map(({ sequence }) => sequence),
      Array.from({ length: history.length }, (_, i) => i + 1), 'the whole history, without a hole');
  }
}

/** Holds what `live` brought against the books of now. */
export async function expectKept(shop, { couponId, hash }) {
  assert.equal(hashOf(await shop.operator.registrations(couponId)), hash,
    `coupon ${couponId} has what was promised, and nothing else`);
}
