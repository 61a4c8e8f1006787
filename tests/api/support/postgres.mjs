// PostgreSQL as the store: a server of the tests' own, which scripts/local_postgres.sh starts and
// throws away, and a new database for each shop.

import { randomBytes } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { projectFolder } from './binary.mjs';
import { run } from './command.mjs';
import { killAtTheEnd, temporaryFolder } from './leftovers.mjs';
import { inTime } from './poll.mjs';

/** Whether the shops of this run keep their books in PostgreSQL. */
export const isOnPostgres = process.env.DIBS_TEST_STORE === 'postgresql';

// What a crash of the server's processes leaves behind is the same without syncs; what a power cut
// would leave is not the subject of these tests.
const FAST = '-c fsync=off -c full_page_writes=off';

const SCRIPT = join(projectFolder, 'scripts/local_postgres.sh');
const PSQL = ['--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '-v', 'ON_ERROR_STOP=1'];

export class PostgresServer {
  #environment;

  /**
   * Starts a server that nobody else uses; it goes when the test file's process ends. `syncs`: as a
   * server does that is relied on.
   */
  static async start({ syncs = false } = {}) {
    const folder = temporaryFolder();
    chmodSync(folder, 0o711);  // The server may run as a user of its own.
    const server = new PostgresServer({
      DIBS_LOCAL_POSTGRES_FOLDER: join(folder, 'server'),
      DIBS_LOCAL_POSTGRES_OPTIONS: syncs ? '' : FAST,
    });
    process.prependListener('exit', () => server.#doNow('stop'));
    server.url = await server.#do('start');
    return server;
  }

  constructor(environment, url) {
    this.#environment = environment;
    this.url = url;
  }

  /** A new, empty database. */
  async createDatabase() {
    const name = `shop_${randomBytes(6).toString('hex')}`;
    await sql(this.url, `CREATE DATABASE ${name};`);
    return new PostgresDatabase(this.url.replace(/\/dibs\?/, `/${name}?`));
  }

  /** The URL of the server's own administrator. */
  superuserUrl() { return this.#do('url', '--superuser'); }

  /** Stops all of its processes where they stand, as a machine that hangs would, and lets them go. */
  freeze() { return this.#do('freeze'); }
  thaw() { return this.#do('thaw'); }

  /** Ends it without a goodbye, its data left as it is, and starts it again on the same port. */
  crash() { return this.#do('crash'); }
  recover() { return this.#do('recover'); }

  async #do(...words) {
    const { code, output, error } = await run(SCRIPT, words, { environment: this.#environment });
    if (code !== 0) throw new Error(`local_postgres.sh ${words.join(' ')}: ${error}`);
    return output.trim();
  }

  #doNow(word) {
    spawnSync(SCRIPT, [word], { env: { ...process.env, ...this.#environment } });
  }
}

/** A database, and the key that all nodes on it have in common. */
export class PostgresDatabase {
  constructor(url) {
    this.url = url;
    this.keyFile = join(temporaryFolder(), 'key');
    writeFileSync(this.keyFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  }

  /** Runs statements; what they print, a line each, columns separated by `|`. */
  sql(statements) { return sql(this.url, statements); }

  /**
   * Takes every lock that a writer needs, does `work`, and gives it back with nothing changed. While
   * it is held nothing can be written, and reading goes on.
   */
  async withWriteLock(work) {
    const shell = killAtTheEnd(spawn('psql', [...PSQL, this.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    }));
    const held = once(createInterface({ input: shell.stdout }), 'line');
    shell.stdin.write("BEGIN; LOCK TABLE coupon IN EXCLUSIVE MODE; SELECT 'held';\n");
    await inTime('the shell takes the lock', held);
    try {
      return await work();
    } finally {
      const ended = once(shell, 'close');
      shell.stdin.end('ROLLBACK;\n');
      await inTime('the shell ends', ended);
    }
  }
}

/** Runs statements in the database's own shell. Fails if one of them does. */
export async function sql(url, statements) {
  const { code, output, error } = await run('psql', [...PSQL, url], { input: statements });
  if (code !== 0) throw new Error(`psql ended with ${code}: ${error}`);
  return output.trim();
}

let shared;

/** The server of this run, or if it has none, one of this test file's own. */
export function sharedPostgres() {
  const url = process.env.DIBS_LOCAL_POSTGRES;
  shared ??= url ? Promise.resolve(new PostgresServer({}, url)) : PostgresServer.start();
  return shared;
}
