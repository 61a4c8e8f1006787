// Goal: every setting can be given in each of the ways that the reference promises, the first that
// is given counts, and what is wrong is told in one line before anything is opened.
// Method: `dibs serve --print-config`, which shows what came out; and starts that must not succeed.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { dibs } from './support/command.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { flagsOf } from './support/service.mjs';

/** Every setting, its default, and a value that is another one. */
const SETTINGS = {
  listen: ['127.0.0.1:8080', '0.0.0.0:9000'],
  'admin-listen': ['127.0.0.1:8081', '[::1]:9001'],
  store: ['sqlite:./dibs.db', 'sqlite:/var/lib/dibs/dibs.db'],
  committers: ['1', '2'],
  readers: ['2', '3'],
  auth: ['jwt', 'trusted-header'],
  'jwt-secret-file': [undefined, '/etc/dibs/secret'],
  'jwt-issuer': [undefined, 'https://id.example'],
  'jwt-audience': [undefined, 'dibs'],
  'group-max': ['256', '64'],
  'queue-max': ['16384', '100'],
  'request-deadline-ms': ['5000', '700'],
  'user-rate': ['0', '5'],
  'user-burst': ['10', '20'],
  'compact-at': ['00:05', '23:59'],
  'time-zone': ['UTC', 'Asia/Seoul'],
  'compact-keep-days': ['0', '7'],
  'compact-step': ['1000', '50'],
  'http-threads': [undefined, '4'],
  'connections-max': ['12000', '500'],
  'header-size-max': ['16384', '8192'],
  'body-size-max': ['65536', '4096'],
  'header-timeout-ms': ['10000', '1'],
  'body-timeout-ms': ['20000', '2'],
  'idle-timeout-ms': ['75000', '3'],
  'write-timeout-ms': ['20000', '4'],
  'drain-timeout-ms': ['10000', '0'],
  'log-level': ['info', 'debug'],
};

const NUMBERS = /^\d+$/;
const variableOf = (name) => `DIBS_${name.toUpperCase().replaceAll('-', '_')}`;
const tomlOf = (name, value) =>
  `${name} = ${NUMBERS.test(value) ? value : JSON.stringify(value)}\n`;

/** What `--print-config` says: values by name, and where each came from. */
async function printConfig(args = [], environment = {}) {
  const { code, output, error } =
    await dibs(['serve', '--print-config', ...args], { environment });
  assert.equal(code, 0, error);
  const values = {};
  const origins = {};
  for (const line of output.split('\n')) {
    const [, name, quoted, bare, origin] =
      /^([a-z-]+) = (?:"([^"]*)"|(\S+))\s+# (.*)$/.exec(line) ?? [];
    if (!name) continue;
    values[name] = quoted ?? bare;
    origins[name] = origin;
  }
  return { values, origins, output, error };
}

function fileWith(text) {
  const file = join(temporaryFolder(), 'dibs.toml');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** A start that must fail with this code, one line on standard error, and nothing left behind. */
async function expectRefused(args,
  { code = 2, message, environment, folder = temporaryFolder() } = {}) {
  const result = await dibs(['serve', ...args], { environment, folder });
  assert.equal(result.code, code, `${args.join(' ')}: ${result.error}`);
  assert.match(result.error, /^dibs: [^\n]+\n$/);
  if (message) assert.match(result.error, message);
  assert.equal(result.output, '');
  return readdirSync(folder);
}

describe('settings', () => {
  test('have the defaults that the reference has', async () => {
    const { values, origins } = await printConfig();
    for (const [name, [value]] of Object.entries(SETTINGS)) {
      if (value === undefined) continue;
      assert.equal(values[name], value, name);
      assert.equal(origins[name], 'default', name);
    }
    assert.match(values['http-threads'], /^[1-9]\d*$/);
    const unset = Object.keys(SETTINGS).filter((name) => !(name in values));
    assert.deepEqual(unset, ['jwt-secret-file', 'jwt-issuer', 'jwt-audience']);
  });

  for (const [name, [, other]] of Object.entries(SETTINGS)) {
    test(`--${name} is a flag, a variable and a line of a file`, async () => {
      const config = fileWith(tomlOf(name, other));
      const [flag, variable, file, underscored] = await Promise.all([
        printConfig([`--${name}`, other]),
        printConfig([], { [variableOf(name)]: other }),
        printConfig(['--config', config]),
        printConfig(['--config', fileWith(tomlOf(name.replaceAll('-', '_'), other))]),
      ]);
      assert.deepEqual([flag, variable, file, underscored].map(({ values }) => values[name]),
        [other, other, other, other]);
      assert.equal(flag.origins[name], 'from the command line');
      assert.equal(variable.origins[name], `from ${variableOf(name)}`);
      assert.ok(file.origins[name].includes(config), file.origins[name]);
    });
  }

  test('the flag wins over the variable, it over the file, and it over the default', async () => {
    const config = fileWith('group-max = 1\nqueue-max = 1\nuser-rate = 1\n');
    const { values } = await printConfig(['--config', config, '--group-max', '3'],
      { DIBS_GROUP_MAX: '2', DIBS_QUEUE_MAX: '2' });
    assert.deepEqual([values['group-max'], values['queue-max'], values['user-rate'],
      values['user-burst']], ['3', '2', '1', '10']);
  });

  test('the file can be named by DIBS_CONFIG, and an empty variable counts as none', async () => {
    const config = fileWith('group-max = 7\n');
    const { values } = await printConfig([], { DIBS_CONFIG: config, DIBS_GROUP_MAX: '' });
    assert.equal(values['group-max'], '7');
  });

  test('what is shown is a file that gives the same again', async () => {
    const changed = Object.fromEntries(Object.entries(SETTINGS).map(([name, [, other]]) =>
      [name, other]));
    const first = await printConfig(flagsOf(changed));
    const again = await printConfig(['--config', fileWith(first.output)]);
    assert.deepEqual(again.values, first.values);
  });

  test('secrets are masked, wherever they came from', async () => {
    const url = 'postgresql://dibs:s3cr3t@db.example/dibs?sslpassword=s3cr3t';
    for (const { output, error } of await Promise.all([
      printConfig(['--store', url]), printConfig([], { DIBS_STORE: url }),
      printConfig(['--config', fileWith(`store = "${url}"\n`)]),
    ])) {
      assert.ok(!output.includes('s3cr3t') && !error.includes('s3cr3t'), output);
      assert.ok(output.includes('dibs:****@db.example'), output);
    }
    const { error } = await dibs(['serve', '--store', 'nonsense://dibs:s3cr3t@db.example/dibs']);
    assert.ok(!error.includes('s3cr3t'), error);
  });

  test('a variable that is no setting is warned of, with what may have been meant', async () => {
    const { error } = await printConfig([], { DIBS_GROUPMAX: '5' });
    assert.match(error, /^dibs: warning: [^\n]*DIBS_GROUPMAX[^\n]*DIBS_GROUP_MAX[^\n]*\n$/);
  });
});

describe('a wrong configuration', () => {
  for (const [name, values] of Object.entries({
    listen: ['nowhere', '127.0.0.1', '127.0.0.1:65536', '127.0.0.1:x', ':80', 'a b:80', '[::1:80'],
    store: ['dibs.db', 'sqlite:', 'mysql://x', 'postgresql://'],
    auth: ['none', 'JWT'],
    'group-max': ['0', '-1', '4097', '1.5', 'many', '1e3', ' 5'],
    'queue-max': ['0', '1000001'],
    'compact-at': ['24:00', '0:5', 'midnight', '00:60'],
    'time-zone': ['Mars/Olympus_Mons', '+09:00'],
    'compact-keep-days': ['-1', '3651'],
    'http-threads': ['0', '257'],
    'request-deadline-ms': ['0'],
    'log-level': ['loud'],
  })) {
    test(`of ${name} is one line that says where it came from, and ends with 2`, async () => {
      for (const value of values) {
        const left = await expectRefused([`--${name}=${value}`],
          { message: new RegExp(`--${name} \\(from the command line\\)`) });
        assert.deepEqual(left, [], 'nothing was made');
      }
      const [value] = values;
      await expectRefused([], {
        environment: { [variableOf(name)]: value }, message: new RegExp(variableOf(name)),
      });
      const file = fileWith(tomlOf(name, value));
      await expectRefused(['--config', file], { message: new RegExp(`${name}.*dibs\\.toml`) });
    });
  }

  test('of two settings that exclude each other names both', async () => {
    await expectRefused(['--jwt-secret-file', 'a', '--jwks-file', 'b'],
      { message: /--jwt-secret-file.*--jwks-file/ });
    await expectRefused(['--listen', '127.0.0.1:9000', '--admin-listen', '127.0.0.1:9000'],
      { message: /--listen.*--admin-listen/ });
  });

  test('in a file is refused: names that no setting has, no TOML, no such file', async () => {
    await expectRefused(['--config', fileWith('group-maximum = 5\n')],
      { message: /group-maximum.*group-max/ });
    await expectRefused(['--config', fileWith('group-max = \n')], { message: /dibs\.toml/ });
    await expectRefused(['--config', fileWith('group-max = "5"\n[section]\nx = 1\n')]);
    await expectRefused(['--config', '/nowhere/dibs.toml'], { message: /\/nowhere\/dibs\.toml/ });
    await expectRefused([], { environment: { DIBS_CONFIG: '/nowhere/dibs.toml' },
      message: /DIBS_CONFIG.*\/nowhere\/dibs\.toml/ });
  });

  test('of options is refused with what may have been meant', async () => {
    await expectRefused(['--group-mx', '5'], { message: /--group-mx.*did you mean --group-max\?/ });
    await expectRefused(['extra'], { message: /"extra" is one word too many/ });
    await expectRefused(['--group-max'], { message: /--group-max needs a value/ });
    await expectRefused(['--group-max', '5', '--group-max', '6'],
      { message: /--group-max is given more than once/ });
  });
});

describe('a start that can\'t succeed', () => {
  const listeners = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];

  test('for a secret that is too short ends with 2', async () => {
    const secret = fileWith('x'.repeat(31));
    await expectRefused([...listeners, '--jwt-secret-file', secret], { message: /too short/ });
  });

  test('for a file of keys that can\'t be read ends with 2, names the setting and makes nothing', async () => {
    for (const flag of ['--jwt-secret-file', '--jwks-file']) {
      for (const file of ['/nowhere/file', '/etc', fileWith('short')]) {
        assert.deepEqual(await expectRefused([...listeners, flag, file],
          { message: new RegExp(`^dibs: ${flag}: ${file}: `) }), []);
      }
    }
  });

  test('for a key beside the store that can\'t be read ends with 2 and makes nothing', async () => {
    const folder = temporaryFolder();
    symlinkSync('nowhere', join(folder, 'dibs.db.key'));
    assert.deepEqual(await expectRefused(listeners,
      { folder, message: /^dibs: --jwt-secret-file: .*dibs\.db\.key: / }), ['dibs.db.key']);
  });

  test('for a store that can\'t be ends with 1', async () => {
    await expectRefused([...listeners, '--store', 'sqlite:/nowhere/dibs.db'],
      { code: 1, message: /\/nowhere\/dibs\.db/ });
  });

  test('for a port that is taken ends with 1, says which, and makes nothing', async () => {
    const other = createServer();
    await new Promise((resolve) => { other.listen(0, '127.0.0.1', resolve); });
    const taken = `127.0.0.1:${other.address().port}`;
    for (const args of [['--listen', taken, '--admin-listen', '127.0.0.1:0'],
      ['--listen', '127.0.0.1:0', '--admin-listen', taken]]) {
      assert.deepEqual(await expectRefused(args,
        { code: 1, message: new RegExp(`${taken} is in use`) }), []);
    }
    other.close();
    assert.deepEqual(await expectRefused(['--listen', 'nowhere.invalid:0'],
      { message: /nowhere\.invalid/ }), []);
  });

  test('for two listeners that are one ends with 2, names both, and makes nothing', async () => {
    const other = createServer();
    await new Promise((resolve) => { other.listen(0, '127.0.0.1', resolve); });
    const { port } = other.address();
    await new Promise((resolve) => { other.close(resolve); });
    for (const [listen, admin] of [['127.0.0.1', 'localhost'], ['0.0.0.0', '127.0.0.1'],
      ['127.0.0.1', '0.0.0.0']]) {
      const args = ['--listen', `${listen}:${port}`, '--admin-listen', `${admin}:${port}`];
      assert.deepEqual(await expectRefused(args,
        { message: /^dibs: --listen "[^"]+" and --admin-listen "[^"]+" are one address: / }), []);
    }
  });

  test('leaves a store that was there as it was', async () => {
    const folder = temporaryFolder();
    const { code } = await dibs(['serve', '--listen', '127.0.0.1:x'], { folder });
    assert.equal(code, 2);
    assert.ok(!existsSync(join(folder, 'dibs.db')));
  });
});
