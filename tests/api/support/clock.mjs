// What time it is for a service, by libfaketime (Debian's package libfaketime). Only the wall clock
// is faked: time-outs run on the steady clock, and a frozen one of those would never end.

import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryFolder } from './leftovers.mjs';

const LIBRARY = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

function preloaded(more) {
  if (!LIBRARY) throw new Error('libfaketime is not installed (package libfaketime)');
  return {
    LD_PRELOAD: LIBRARY,
    TZ: 'UTC',
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // A build with the address sanitizer would otherwise refuse to be loaded second.
    ASAN_OPTIONS: 'verify_asan_link_order=0',
    ...more,
  };
}

/** `2026-11-27T12:00:00Z` as libfaketime reads it: whole seconds, which is all it keeps. */
function spell(time) {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** The environment of a process for which it is always exactly `time`. */
export function frozenAt(time) {
  return preloaded({ FAKETIME: spell(time) });
}

/** The environment of a process for which it is `time` when it starts, and then goes on. */
export function startingAt(time) {
  return preloaded({ FAKETIME: `@${spell(time)}` });
}

/** A clock that stands still until it is set, also under a running process. */
export class SettableClock {
  #file = join(temporaryFolder(), 'time');

  constructor(time) {
    this.set(time);
    this.environment = preloaded({ FAKETIME_TIMESTAMP_FILE: this.#file, FAKETIME_NO_CACHE: '1' });
  }

  /** Renamed into place, so that nobody reads half a time. */
  set(time) {
    writeFileSync(`${this.#file}.new`, `${spell(time)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
