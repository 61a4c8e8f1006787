// A running `dibs serve`: started on free ports, asked where it listens by reading its log, and
// ended by signals.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { binary, cleanEnvironment } from './binary.mjs';
import { storeUrlOf } from './command.mjs';
import { killAtTheEnd } from './leftovers.mjs';
import { eventually, inTime } from './poll.mjs';

// choice: a start takes some 50 ms; on a machine where everything happens at once, still seconds.
const START_MAX_MS = 30_000;

// choice: a stop may wait for open requests for the drain time-out of 10 s, and then some.
const STOP_MAX_MS = 30_000;

/** `{ 'queue-max': 1 }` as flags. */
export function flagsOf(settings) {
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}

export class Service {
  #child;
  #ended;
  #listening;
  #answers = {};

  /**
   * Starts `dibs serve` on a store, a database file or a URL, and waits until both listeners answer.
   * `prefix` are words to put before the command.
   */
  static async start({ store, settings = {}, environment = {}, prefix = [] }) {
    const service = new Service(store, settings, environment, prefix);
    const ended = service.#ended.then(({ code, signal }) => {
      throw new Error(`dibs serve ended with ${code ?? signal}: ${service.standardError}`);
    });
    ended.catch(() => {});
    await inTime('dibs serve starts', Promise.race([service.#listening, ended]), START_MAX_MS);
    return service;
  }

  constructor(store, settings, environment, prefix) {
    this.store = store;
    /** What it wrote to its standard output, line by line, and to its standard error. */
    this.lines = [];
    this.standardError = '';
    const all = {
      store: storeUrlOf(store),
      listen: '127.0.0.1:0',
      'admin-listen': '127.0.0.1:0',
      ...settings,
    };
    const [program, ...words] = [...prefix, binary, 'serve', ...flagsOf(all)];
    this.#child = spawn(program, words, {
      env: cleanEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    killAtTheEnd(this.#child);
    // When the process is gone and all of its output was read.
    this.#ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    this.#child.stderr.setEncoding('utf8');
    this.#child.stderr.on('data', (text) => { this.standardError += text; });
    this.#listening = new Promise((resolve) => {
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        this.lines.push(line);
        this.#noteListener(line, resolve);
      });
    });
  }

  get process() { return this.#child.pid; }
  get publicUrl() { return this.#answers.public; }
  get adminUrl() { return this.#answers.operators; }

  /** Its log: every line is one JSON object. */
  get log() { return this.lines.map((line) => JSON.parse(line)); }

  /** The log's lines of one kind of event. */
  logged(event) { return this.log.filter((line) => line.event === event); }

  /**
   * The newest line of a kind, or of those that fit. Waits for it: it is written before an answer is
   * sent, but the two come by different ways.
   */
  lineOf(event, fits = () => true) {
    return eventually(`${event} is in the log`, () => this.logged(event).findLast(fits));
  }

  signal(name) { this.#child.kill(name); }

  /** Waits until it has ended, for whatever reason; how it did: `{ code, signal }`. */
  end() { return inTime('dibs serve ends', this.#ended, STOP_MAX_MS); }

  /** SIGTERM; how it ended. */
  stop() {
    this.signal('SIGTERM');
    return this.end();
  }

  /** SIGKILL: no chance to tidy up. */
  kill() {
    this.signal('SIGKILL');
    return this.end();
  }

  #noteListener(line, resolve) {
    if (!line.includes('"listening"')) return;
    const { event, listener, url } = JSON.parse(line);
    if (event !== 'listening') return;
    this.#answers[listener] = url;
    if (this.publicUrl && this.adminUrl) resolve();
  }
}
