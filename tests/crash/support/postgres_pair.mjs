// A PostgreSQL primary and its synchronous standby, set up from nothing: no commit is acknowledged
// before both have it. One can be killed, the other promoted, and the dead one made the new
// standby.

import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

import { run } from '../../api/support/command.mjs';
import { temporaryFolder } from '../../api/support/leftovers.mjs';
import { eventually } from '../../api/support/poll.mjs';
import { sql } from '../../api/support/postgres.mjs';

const isRoot = process.getuid() === 0;

/** The newest server of Debian's that is installed. */
function findPrograms() {
  const versions = readdirSync('/usr/lib/postgresql').map(Number).filter((v) => v >= 15);
  return `/usr/lib/postgresql/${Math.max(...versions)}/bin`;
}

const programs = findPrograms();

/** PostgreSQL refuses to run as root. */
function asServer(program, words) {
  const command = [join(programs, program), ...words];
  return isRoot
    ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', 'env', '-C', '/', ...command]]
    : [command[0], command.slice(1)];
}

async function runAsServer(program, ...words) {
  const { code, error, output } = await run(...asServer(program, words));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${error}${output}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function killIfThere(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It had ended.
  }
}

/** Whether it has ended, whoever has heard of it. */
function isGone(id) {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].startsWith('Z');
  } catch {
    return true;
  }
}

/** One of the two: a data folder and a port. */
class Member {
  constructor(folder, name, port) {
    this.data = join(folder, name);
    this.port = port;
    process.prependListener('exit', () => this.#endNow());
  }

  makeFolder() {
    rmSync(this.data, { recursive: true, force: true });
    mkdirSync(this.data, { mode: 0o700 });
    if (isRoot) {
      const { stdout } = spawnSync('id', ['-u', 'postgres'], { encoding: 'utf8' });
      chownSync(this.data, Number(stdout), -1);
    }
  }

  async start() {
    // Its log goes to a file: a pipe would be held open by the server.
    const log = join(this.data, 'server.log');
    try {
      await runAsServer('pg_ctl', 'start', '-D', this.data, '--wait', '--silent', `--log=${log}`,
        `--options=-c port=${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`);
    } catch (error) {
      const lines = readFileSync(log, 'utf8').trim().split('\n');
      throw new Error(`${error.message}\n${lines.slice(-5).join('\n')}`, { cause: error });
    }
  }

  get postmaster() {
    return Number(readFileSync(join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** SIGKILL to all its processes: no goodbye, and nothing more is said or written. */
  async kill() {
    const postmaster = this.postmaster;
    const { stdout } = spawnSync('pgrep', ['--parent', String(postmaster)], { encoding: 'utf8' });
    const all = [postmaster, ...stdout.split('\n').filter(Boolean).map(Number)];
    all.forEach(killIfThere);
    await eventually('its processes are gone', () => all.every(isGone));
  }

  promote() { return runAsServer('pg_ctl', 'promote', '-D', this.data, '--wait', '--silent'); }

  url(user, database) { return `postgresql://${user}@127.0.0.1:${this.port}/${database}`; }

  #endNow() {
    const [program, words] = asServer('pg_ctl', ['stop', '-D', this.data, '--mode=immediate', '--silent']);
    spawnSync(program, words, { stdio: 'ignore' });
  }
}

export class PostgresPair {
  static async make() {
    const folder = temporaryFolder();
    chmodSync(folder, 0o711);
    const pair = new PostgresPair(
      new Member(folder, 'one', await freePort()), new Member(folder, 'two', await freePort()));
    await pair.#begin();
    return pair;
  }

  constructor(primary, standby) {
    this.primary = primary;
    this.standby = standby;
    this.ports = [primary.port, standby.port];
  }

  /** Both hosts; whichever serves is found by who connects. */
  get url() {
    const hosts = this.ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `postgresql://postgres@${hosts}/dibs?target_session_attrs=read-write&connect_timeout=2`;
  }

  async #begin() {
    const { primary } = this;
    primary.makeFolder();
    await runAsServer('initdb', '-D', primary.data, '--username=postgres', '--auth=trust',
      '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync');
    appendFileSync(join(primary.data, 'postgresql.conf'), [
      'max_connections = 100',
      'wal_retrieve_retry_interval = 200ms',
      "synchronous_commit = 'on'",
      '',
    ].join('\n'));
    await primary.start();
    await sql(primary.url('postgres', 'postgres'), 'CREATE DATABASE dibs;');
    // Copied with the rest, so that the standby waits for one of its own once it is promoted; the
    // primary begins to when it reads it.
    appendFileSync(join(primary.data, 'postgresql.conf'), "synchronous_standby_names = '*'\n");
    await this.makeStandby();
    await sql(primary.url('postgres', 'postgres'), 'SELECT pg_reload_conf();');
    await this.standbyIsInSync();
  }

  /** Makes the one that is down the standby of the other, from a copy. */
  async makeStandby() {
    this.standby.makeFolder();
    await runAsServer('pg_basebackup', '-D', this.standby.data, '--checkpoint=fast', '--no-sync',
      '--write-recovery-conf', '--wal-method=stream',
      `--dbname=${this.primary.url('postgres', 'postgres')}`);
    await this.standby.start();
  }

  standbyIsInSync() {
    return eventually('the standby is synchronous', async () =>
      (await sql(this.primary.url('postgres', 'postgres'),
        'SELECT sync_state FROM pg_stat_replication;')) === 'sync');
  }

  /** The primary dies, the standby takes its place, and the dead one comes back as the standby. */
  async failOver() {
    await this.primary.kill();
    await this.standby.promote();
    [this.primary, this.standby] = [this.standby, this.primary];
    await this.makeStandby();
    await this.standbyIsInSync();
  }

  /**
   * Whether the primary that was killed, started again as it was, acknowledges a write. Nobody is
   * its standby any more, so it waits; this waits for so long.
   */
  async oldPrimaryAcknowledges(patienceMs) {
    await this.standby.start();
    const [program, words] = ['psql', ['--no-psqlrc', '-c', 'CREATE TABLE acknowledged ()',
      this.standby.url('postgres', 'dibs')]];
    const shell = spawn(program, words, { stdio: 'ignore' });
    const timer = setTimeout(() => shell.kill('SIGKILL'), patienceMs);
    const [code] = await once(shell, 'close');
    clearTimeout(timer);
    await this.standby.kill();
    return code === 0;
  }
}
