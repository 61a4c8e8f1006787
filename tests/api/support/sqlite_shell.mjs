// The database's own shell, beside the service or on a stopped store: to damage books on purpose,
// and to keep the one write lock from the service for a while.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { run } from './command.mjs';
import { killAtTheEnd } from './leftovers.mjs';
import { inTime } from './poll.mjs';

/** Runs statements; what they print. Fails if one of them does. */
export async function sql(store, statements) {
  const { code, output, error } = await run('sqlite3', ['-bail', store], { input: statements });
  if (code !== 0) throw new Error(`sqlite3 ended with ${code}: ${error}`);
  return output.trim();
}

/** Rows as objects. */
export async function query(store, statement) {
  const { output } = await run('sqlite3', ['-json', '-readonly', store, statement]);
  return output.trim() === '' ? [] : JSON.parse(output);
}

/**
 * Takes the store's write lock, as a stuck process would, does `work`, and gives the lock back with
 * nothing changed. While it is held nothing can be written, and reading goes on.
 */
export async function withWriteLock(store, work) {
  const shell = killAtTheEnd(spawn('sqlite3', ['-bail', store], {
    stdio: ['pipe', 'pipe', 'inherit'],
  }));
  const held = once(createInterface({ input: shell.stdout }), 'line');
  shell.stdin.write(".timeout 10000\nBEGIN IMMEDIATE;\nSELECT 'held';\n");
  await inTime('the shell takes the write lock', held);
  try {
    return await work();
  } finally {
    const ended = once(shell, 'close');
    shell.stdin.end('ROLLBACK;\n');
    await inTime('the shell ends', ended);
  }
}
