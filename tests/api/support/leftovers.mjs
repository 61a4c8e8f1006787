// Whatever a test starts, opens or writes goes with it, however the test ends: connections are closed
// behind a file's last test, as its process would stay for them; processes are killed and folders
// removed when that process exits.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const sockets = new Set();
const processes = new Set();
const folders = new Set();

// Before the file's own `after`, which may stop the service: it needn't wait for these.
after(() => { for (const socket of sockets) socket.destroy(); });

process.on('exit', () => {
  for (const child of processes) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
// The test runner ends a file that takes too long with SIGTERM, which alone would skip the above.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));

/**
 * Has a child process killed at the end, unless it has ended by then. It doesn't keep the test's
 * process alive: after a failure nobody may be left who would end it.
 */
export function killAtTheEnd(child) {
  processes.add(child);
  child.once('exit', () => processes.delete(child));
  child.unref();
  for (const pipe of child.stdio) pipe?.unref?.();
  return child;
}

/** Has a socket closed at the end, unless it is closed by then. */
export function closeAtTheEnd(socket) {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/** A new folder that is removed at the end. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'dibs-api-'));
  folders.add(folder);
  return folder;
}
