// An operator: announces coupons, restocks them, reads the books and has them folded.

import { expectJson } from './expect.mjs';
import { parseMetrics, valueOf } from './metrics.mjs';
import { readPages } from './pages.mjs';
import { eventually, justNow } from './poll.mjs';

const HOUR_MS = 3_600_000;

export class Operator {
  #client;

  constructor(client, fields) {
    this.#client = client;
    this.fields = fields;
  }

  get(path, headers = {}) {
    return this.#client.get(path, { headers: { ...this.fields, ...headers } });
  }
  post(path, json) { return this.#client.post(path, { headers: this.fields, json }); }
  patch(path, json) { return this.#client.patch(path, { headers: this.fields, json }); }

  /** Announces a coupon that is open now, unless told otherwise. */
  async announce(wanted = {}) {
    const now = Date.now();
    return expectJson(await this.post('/admin/v1/coupons', {
      name: 'Black Friday 50%',
      from: new Date(now - HOUR_MS).toISOString(),
      to: new Date(now + 24 * HOUR_MS).toISOString(),
      stock: 10,
      ...wanted,
    }), 201);
  }

  async coupon(id) { return expectJson(await this.get(`/admin/v1/coupons/${id}`)); }

  change(id, patch) { return this.patch(`/admin/v1/coupons/${id}`, patch); }

  /** Asks for an event of this amount. */
  changeStock(id, amount, reason = 'test') {
    return this.post(`/admin/v1/coupons/${id}/inventory`, { amount, reason });
  }

  /** Adds to the stock; the event. */
  async restock(id, amount) { return expectJson(await this.changeStock(id, amount), 201); }

  takeBack(registrationId, body = { reason: 'test' }) {
    return this.post(`/admin/v1/registrations/${registrationId}/return`, body);
  }

  /** `{ couponId, at, stock, issued }`, now or at a moment. */
  async stock(id, at) {
    const query = at === undefined ? '' : `?at=${encodeURIComponent(at)}`;
    return expectJson(await this.get(`/admin/v1/coupons/${id}/stock${query}`));
  }

  liveEvents(id) { return this.#everyPage(`/admin/v1/coupons/${id}/inventory`); }
  history(id, query = '') {
    return this.#everyPage(`/admin/v1/coupons/${id}/history`, query);
  }
  registrations(id) {
    return this.#everyPage(`/admin/v1/coupons/${id}/registrations`);
  }

  /** Has everything folded that was created before `until`, or so far; the run when it ended. */
  async compact(until, options) {
    const moment = until ?? await justNow();
    const answer = await this.post('/admin/v1/compactions', { until: moment });
    const { run } = expectJson(answer, 202);
    return this.finishedRun(run, options);
  }

  async finishedRun(run, options) {
    return eventually(`run ${run} ends`, async () => {
      const shown = expectJson(await this.get(`/admin/v1/compactions/${run}`));
      return shown.state === 'finished' && shown;
    }, options);
  }

  runs() { return this.#everyPage('/admin/v1/compactions'); }

  /** The metrics' page, as families by name. */
  async metrics() { return parseMetrics((await this.get('/metrics')).text); }

  /** One value of it. */
  async metric(name, labels) { return valueOf(await this.metrics(), name, labels); }

  /** Waits until a value of the metrics' page is what is wanted. */
  metricBecomes(name, wanted) {
    return eventually(`${name} is ${wanted}`, async () => (await this.metric(name)) === wanted);
  }

  #everyPage(path, more = '') {
    return readPages((query) => this.get(`${path}?${query}${more}`), 1000);
  }
}
