// An HTTP client over node:http with keep-alive connections. It follows nothing, retries nothing
// and hides nothing: a test sees the answer as it came.

import http from 'node:http';

// choice: what a browser's worth of tests needs; a crowd has connections of its own (crowd.mjs).
const CONNECTIONS = 64;

/** One answer: status, fields by lower-case name, and the body. */
export class Answer {
  constructor(status, fields, body) {
    this.status = status;
    this.fields = fields;
    this.bytes = body;
  }

  get text() { return this.bytes.toString('utf8'); }
  get json() { return JSON.parse(this.text); }
}

export class Client {
  #agent;

  constructor(url, { connections = CONNECTIONS } = {}) {
    this.url = new URL(url);
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Sends one request. `json` is sent as JSON, `body` as it is. */
  async request(method, path, { headers = {}, body, json } = {}) {
    const content = json === undefined ? body : JSON.stringify(json);
    const fields = { ...headers };
    if (json !== undefined) fields['Content-Type'] ??= 'application/json';
    if (content !== undefined) fields['Content-Length'] = Buffer.byteLength(content);
    const response = await this.open(method, path, { headers: fields, body: content });
    const pieces = [];
    for await (const piece of response) pieces.push(piece);
    return new Answer(response.statusCode, response.headers, Buffer.concat(pieces));
  }

  /** Sends one request; the body of what comes back is the caller's to read, or not to. */
  open(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({
        agent: this.#agent,
        host: this.url.hostname,
        port: this.url.port,
        method,
        path,
        headers,
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(content(body));
    });
  }

  get(path, options) { return this.request('GET', path, options); }
  post(path, options) { return this.request('POST', path, options); }
  patch(path, options) { return this.request('PATCH', path, options); }

  close() { this.#agent.destroy(); }
}

function content(body) {
  return body === undefined ? undefined : Buffer.from(body);
}
