// A customer: asks for coupons and looks at what they hold.

import { expectJson } from './expect.mjs';

export class Customer {
  #client;

  constructor(client, name, fields) {
    this.#client = client;
    this.name = name;
    this.fields = fields;
  }

  /** `POST …/me`. `key` is what stands in Idempotency-Key, quotes and all. */
  ask(couponId, { key, headers = {} } = {}) {
    const keyed = key === undefined ? {} : { 'Idempotency-Key': key };
    return this.#client.post(`/api/v1/coupons/${couponId}/me`, {
      headers: { ...this.fields, ...keyed, ...headers },
    });
  }

  /** Any request of theirs. */
  get(path) { return this.#client.get(path, { headers: this.fields }); }

  /** A page of what they hold; `query` with its question mark. */
  holdings(query = '') { return this.get(`/api/v1/coupons/me${query}`); }

  /** One of what they hold, or of what somebody else does. */
  holding(id) { return this.get(`/api/v1/coupons/me/${id}`); }

  /** All that they hold, newest first. */
  async allHoldings() {
    return expectJson(await this.holdings('?limit=100')).items;
  }
}

/** The request of `ask`, for a crowd to send. */
export function askRequest(couponId, fields, key) {
  const keyed = key === undefined ? {} : { 'Idempotency-Key': key };
  return {
    method: 'POST',
    path: `/api/v1/coupons/${couponId}/me`,
    headers: { ...fields, ...keyed },
  };
}
