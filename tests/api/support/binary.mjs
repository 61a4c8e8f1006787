// The program under test: where it lies, and the environment that it is started in.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder: file names of documents and of the build are relative to it. */
export const projectFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** `dibs`, as DIBS_BINARY names it. */
export const binary = resolve(
  projectFolder,
  process.env.DIBS_BINARY || 'build/release/src/app/dibs',
);
if (!existsSync(binary)) {
  throw new Error(`${binary} is not there: build dibs, or set DIBS_BINARY`);
}

/**
 * This process's environment without any DIBS_ variable: they are settings, and what the tests
 * themselves are told by them must not reach the program.
 */
export function cleanEnvironment(more = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('DIBS_'));
  return { ...Object.fromEntries(inherited), ...more };
}
