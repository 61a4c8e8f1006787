// `dibs` as one types it: arguments in, exit code and output out.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { binary, cleanEnvironment } from './binary.mjs';
import { killAtTheEnd } from './leftovers.mjs';
import { inTime } from './poll.mjs';

// choice: the slowest command of these tests is a demonstration of a few seconds.
const COMMAND_MAX_MS = 60_000;

/** Runs any program to its end, `within` so many milliseconds; `{ code, signal, output, error }`. */
export async function run(program, args,
  { environment, folder, input = '', within = COMMAND_MAX_MS } = {}) {
  const child = killAtTheEnd(spawn(program, args, {
    env: cleanEnvironment(environment),
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  }));
  let output = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { output += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { error += text; });
  child.stdin.on('error', () => {});  // Who doesn't read its input may end before it is written.
  child.stdin.end(input);
  const ended = once(child, 'close');
  const [code, signal] = await inTime(`${program} ${args.join(' ')}`, ended, within);
  return { code, signal, output, error };
}

/** Runs `dibs` with these arguments. */
export const dibs = (args, options) => run(binary, args, options);

/** Starts `dibs` and leaves it running; for those that are killed in the middle. */
export function startDibs(args, { environment } = {}) {
  return killAtTheEnd(spawn(binary, args, {
    env: cleanEnvironment(environment),
    stdio: 'ignore',
  }));
}

/** The URL of a store that is named by its database file, or by its URL already. */
export function storeUrlOf(store) {
  return store.includes('://') ? store : `sqlite:${store}`;
}

/** What `dibs verify --json` says of a store: `{ code, report, error }`. */
export async function verify(store) {
  const { code, output, error } = await dibs(['verify', '--store', storeUrlOf(store), '--json']);
  return { code, report: output && JSON.parse(output), error };
}
