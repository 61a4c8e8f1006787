// HTTP by hand, over node:net: for requests that no client library would send, for thousands of
// connections that are open before the first of them asks, and for seeing the bytes that came back.

import { connect } from 'node:net';
import { once } from 'node:events';

import { Answer } from './client.mjs';
import { closeAtTheEnd } from './leftovers.mjs';

const HEADER_END = '\r\n\r\n';

/** One connection. Requests are answered in the order in which they were sent. */
export class Connection {
  #socket;
  #arrived = Buffer.alloc(0);
  #waiting = [];
  #failure = null;

  /** `halfOpen`: our side stays open when the other one closes theirs. */
  static async open(url, { halfOpen = false } = {}) {
    const { hostname, port } = new URL(url);
    const socket = connect({
      host: hostname, port: Number(port), noDelay: true, allowHalfOpen: halfOpen,
    });
    const connection = new Connection(socket);
    await once(socket, 'connect');
    return connection;
  }

  constructor(socket) {
    this.#socket = closeAtTheEnd(socket);
    /** Every byte that came, as Latin-1, for those who look at the wire itself. */
    this.received = '';
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
    /** Settles when the other side has closed, or reset, the connection. */
    this.closed = new Promise((resolve) => { socket.once('close', resolve); });
  }

  /** Sends bytes as they are. */
  send(bytes) { this.#socket.write(bytes); }

  /** Says that nothing more will be sent; answers can still come. */
  finishSending() { this.#socket.end(); }

  /** The next answer. Rejects if the connection ends before it is there. */
  answer({ isHead = false } = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, isHead });
      this.#deliver();
    });
  }

  /** Sends one request, and the next answer. */
  async ask(text, options) {
    this.send(text);
    return this.answer(options);
  }

  close() { this.#socket.destroy(); }

  /** Ends with a reset, as a client that crashed does. */
  reset() { this.#socket.resetAndDestroy(); }

  #take(bytes) {
    this.received += bytes.toString('latin1');
    this.#arrived = this.#arrived.length === 0 ? bytes : Buffer.concat([this.#arrived, bytes]);
    this.#deliver();
  }

  #deliver() {
    while (this.#waiting.length > 0) {
      const read = readAnswer(this.#arrived, this.#waiting[0].isHead);
      if (!read) break;
      this.#arrived = this.#arrived.subarray(read.size);
      this.#waiting.shift().resolve(read.answer);
    }
    if (this.#failure) {
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    }
  }

  #end(failure) {
    this.#failure ??= failure;
    this.#deliver();
  }
}

/** A request as text: the fields that are needed, and those that are given. */
export function requestText(method, path, { headers = {}, body = '' } = {}) {
  const fields = { Host: 'dibs', ...headers };
  if (body !== '' || method === 'POST') fields['Content-Length'] = Buffer.byteLength(body);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** The answer at the front of the bytes and its size, or null while it is not there whole. */
function readAnswer(bytes, isHead) {
  const headerSize = bytes.indexOf(HEADER_END);
  if (headerSize < 0) return null;
  const [statusLine, ...lines] = bytes.subarray(0, headerSize).toString('latin1').split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const fields = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const start = headerSize + HEADER_END.length;
  const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304;
  const body = hasBody ? readBody(bytes, start, fields) : { content: Buffer.alloc(0), end: start };
  return body && { answer: new Answer(status, fields, body.content), size: body.end };
}

function readBody(bytes, start, fields) {
  if (fields['transfer-encoding'] === 'chunked') return readChunks(bytes, start);
  const end = start + Number(fields['content-length'] ?? 0);
  return bytes.length < end ? null : { content: bytes.subarray(start, end), end };
}

function readChunks(bytes, start) {
  const pieces = [];
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return null;
    if (size === 0) return { content: Buffer.concat(pieces), end };
    pieces.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
