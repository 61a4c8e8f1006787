// Who listens to everything that comes out of a program, and knows what should not.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { dibs } from './command.mjs';

/** Listens to everything, and knows the secrets. */
export class Witness {
  #secrets = new Map();
  #heard = [];

  /** A new secret, and under which name it is told if it comes out. Letters and digits only. */
  secret(name) {
    const text = `Secret${randomBytes(12).toString('hex')}`;
    this.#secrets.set(text, name);
    return text;
  }

  /** Text that is a secret though it wasn't made here. */
  know(text, name) { this.#secrets.set(text, name); }

  hear(where, text) { this.#heard.push({ where, text }); }

  /** Runs `dibs` and hears what it says; the result. `isTold`: standard output is for the secret. */
  async run(args, { isTold = false, ...options } = {}) {
    const result = await dibs(args, options);
    const where = `dibs ${args[0]}, ended with ${result.code}`;
    if (!isTold) this.hear(where, result.output);
    this.hear(where, result.error);
    return result;
  }

  hearAnswer(where, { status, fields, text }) {
    this.hear(where, `${status} ${JSON.stringify(fields)} ${text}`);
  }

  hearShop(shop) {
    const lines = [...shop.earlierLines, ...shop.service.lines];
    this.hear('the log', lines.join('\n') + shop.service.standardError);
  }

  expectSilence() {
    assert.ok(this.#heard.length > 0 && this.#secrets.size > 0);
    const told = [];
    for (const [secret, name] of this.#secrets) {
      for (const { where, text } of this.#heard) {
        if (text.includes(secret)) told.push(`${name}, by ${where}: ${text.replaceAll(secret, '(IT)')}`);
      }
    }
    assert.deepEqual(told, []);
  }
}
