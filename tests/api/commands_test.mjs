// Goal: each command says what it does and does what it says: help, exit codes, one line for what
// went wrong, and on standard output only what was asked for.
// Method: the binary is run as from a terminal; what it did is checked over the API or with verify.

import assert from 'node:assert/strict';
import {
  chmodSync, copyFileSync, existsSync, readFileSync, readdirSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { projectFolder } from './support/binary.mjs';
import { startingAt } from './support/clock.mjs';
import { dibs, verify } from './support/command.mjs';
import { TIME, expectIssued, expectJson } from './support/expect.mjs';
import { temporaryFolder } from './support/leftovers.mjs';
import { justNow } from './support/poll.mjs';
import { Shop } from './support/shop.mjs';
import { modeOf, readSecret, signWithSecret } from './support/token.mjs';

const COMMANDS = ['serve', 'demo', 'migrate', 'compact', 'verify', 'copy', 'token', 'rehearse',
  'coupon create', 'coupon list', 'coupon show', 'coupon stock', 'coupon history'];

const wordsOf = (command) => command.split(' ').filter((word) => word !== '');

/** Exit code 2 and one line on standard error. */
async function expectWrongUsage(args, message) {
  const { code, output, error } = await dibs(args, { folder: temporaryFolder() });
  assert.equal(code, 2, `${args.join(' ')}: ${error}`);
  assert.match(error, /^dibs: [^\n]+\n$/);
  if (message) assert.match(error, message);
  assert.equal(output, '');
}

describe('help', () => {
  for (const command of ['', 'coupon', ...COMMANDS]) {
    test(`dibs ${command} --help says what there is, and ends with 0`, async () => {
      for (const flag of ['--help', '-h']) {
        const { code, output, error } = await dibs([...wordsOf(command), flag]);
        assert.equal(code, 0);
        assert.equal(error, '');
        assert.ok(output.includes(`Usage: dibs ${command}`.trimEnd()), output);
        assert.ok(output.includes('--help'), output);
        assert.ok(output.split('\n').every((line) => line.length <= 100), 'within 100 columns');
      }
    });
  }

  test('lists every command', async () => {
    const { output } = await dibs(['--help']);
    for (const command of COMMANDS) assert.match(output, new RegExp(`^  ${command} `, 'm'));
  });

  test('has the options that the reference has', async () => {
    const reference = readFileSync(join(projectFolder, 'docs/reference/command-line.md'), 'utf8');
    for (const command of COMMANDS) {
      const { output } = await dibs([...wordsOf(command), '--help']);
      const [, section] = reference.split(`\n## \`dibs ${command}`);
      const own = command.startsWith('coupon') ? reference : section?.split('\n## ')[0];
      assert.ok(own, `the reference has dibs ${command}`);
      const [options] = output.split(/\n\n(?:Listeners|Store|Identity):/);
      for (const [, option] of options.matchAll(/^ {2}--([a-z-]+)/gm)) {
        assert.ok(own.includes(`--${option}`), `--${option} of dibs ${command}`);
      }
    }
  });

  test('is what one gets who gave no command, as wrong usage', async () => {
    for (const args of [[], ['coupon']]) {
      const { code, output, error } = await dibs(args);
      assert.equal(code, 2);
      assert.equal(output, '');
      assert.match(error, /^Usage: dibs /m);
    }
  });

  test('is pointed to by whoever went wrong', async () => {
    await expectWrongUsage(['srve'], /did you mean serve\? \(see dibs --help\)/);
    await expectWrongUsage(['coupon', 'creat'], /did you mean create\? \(see dibs coupon --help\)/);
    for (const command of COMMANDS) {
      await expectWrongUsage([...wordsOf(command), '--no-such-option'],
        new RegExp(`--no-such-option.*see dibs ${command} --help`));
    }
  });

  test('has the version beside it', async () => {
    const { code, output } = await dibs(['--version']);
    assert.equal(code, 0);
    assert.match(output, /^dibs \d+\.\d+\.\d+\n$/);
  });
});

describe('dibs token', () => {
  const folder = temporaryFolder();
  const store = `sqlite:${join(folder, 'dibs.db')}`;
  const token = (...args) => dibs(['token', '--store', store, ...args]);
  before(() => dibs(['migrate', '--store', store]));
  const claimsOf = (text) => JSON.parse(Buffer.from(text.split('.')[1], 'base64url'));

  test('prints a token and nothing else, also where it had to make the secret', async () => {
    const { code, output, error } = await token('--user', 'alice');
    assert.equal(code, 0, error);
    assert.match(output, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    assert.equal(modeOf(join(folder, 'dibs.db.key')), 0o600);
    const { event, file } = JSON.parse(error);
    assert.deepEqual([event, file], ['key-generated', join(folder, 'dibs.db.key')]);

    const secret = readSecret(join(folder, 'dibs.db.key'));
    const claims = claimsOf(output.trim());
    assert.equal(output.trim(), signWithSecret(secret, claims));
    assert.deepEqual(Object.keys(claims), ['sub', 'iat', 'exp']);
    assert.equal(claims.sub, 'alice');
    assert.ok(Math.abs(claims.exp - claims.iat - 3600) <= 1, 'an hour');
    assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 60);
  });

  test('makes operators, and tokens that live for as long as one says', async () => {
    const operator = claimsOf((await token('--user', 'root', '--admin')).output);
    assert.equal(operator.scope, 'coupons:admin');
    for (const [ttl, seconds] of [['1s', 1], ['90s', 90], ['15m', 900], ['2h', 7200],
      ['7d', 604_800]]) {
      const { exp, iat } = claimsOf((await token('--user', 'alice', '--ttl', ttl)).output);
      assert.ok(Math.abs(exp - iat - seconds) <= 1, ttl);
    }
  });

  test('says from whom and for whom, where the service insists on it', async () => {
    const { output } =
      await token('--user', 'alice', '--jwt-issuer', 'us', '--jwt-audience', 'you');
    const { iss, aud } = claimsOf(output);
    assert.deepEqual([iss, aud], ['us', 'you']);
  });

  test('signs with another secret if told to', async () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${'s'.repeat(40)}\n`, { mode: 0o600 });
    const { output } = await token('--user', 'alice', '--jwt-secret-file', file);
    assert.equal(output.trim(), signWithSecret('s'.repeat(40), claimsOf(output)));
  });

  test('makes no secret for a store that isn\'t there', async () => {
    const mistyped = temporaryFolder();
    const { code, output, error } =
      await dibs(['token', '--store', `sqlite:${join(mistyped, 'dips.db')}`, '--user', 'alice']);
    assert.equal(code, 2);
    assert.equal(output, '');
    assert.match(error, /^dibs: --store: [^\n]*dips\.db[^\n]*--jwt-secret-file[^\n]*\n$/);
    assert.deepEqual(readdirSync(mistyped), []);
  });

  test('makes no secret for a store on a server, whose nodes have theirs elsewhere', async () => {
    const folder = temporaryFolder();
    const args = ['token', '--store', 'postgresql://dibs@nowhere.invalid/dibs', '--user', 'alice'];
    const { code, output, error } = await dibs(args, { folder });
    assert.equal(code, 2);
    assert.equal(output, '');
    assert.match(error, /^dibs: --jwt-secret-file [^\n]*"\.\/dibs\.key"[^\n]*\n$/);
    assert.deepEqual(readdirSync(folder), []);
    writeFileSync(join(folder, 'dibs.key'), `${'n'.repeat(40)}\n`, { mode: 0o600 });
    const found = await dibs(args, { folder });
    assert.equal(found.code, 0, found.error);
    const token = found.output.trim();
    assert.equal(token, signWithSecret('n'.repeat(40), claimsOf(token)));
  });

  test('names the setting whose file can\'t be read', async () => {
    const { code, error } = await token('--user', 'alice', '--jwt-secret-file', '/nowhere/key');
    assert.equal(code, 2);
    assert.match(error, /^dibs: --jwt-secret-file: \/nowhere\/key: [^\n]+\n$/);
  });

  test('refuses what can\'t be', async () => {
    await expectWrongUsage(['token'], /--user is missing/);
    for (const user of ['', 'x'.repeat(129), 'zoë', ' alice']) {
      await expectWrongUsage(['token', '--store', store, `--user=${user}`], /--user/);
    }
    for (const ttl of ['0s', '1', 'h', '-1h', '1w', '1h30m']) {
      await expectWrongUsage(['token', '--store', store, '--user', 'a', `--ttl=${ttl}`], /--ttl/);
    }
  });

  test('makes one that a running service takes', async () => {
    const shop = await Shop.open();
    const bearer = async (...args) => {
      const { output } = await shop.dibs('token', ...args);
      return { Authorization: `Bearer ${output.trim()}` };
    };
    expectJson(await shop.adminClient.get('/admin/v1/coupons', {
      headers: await bearer('--user', 'root', '--admin'),
    }));
    expectJson(await shop.publicClient.get('/api/v1/coupons/me', {
      headers: await bearer('--user', 'alice'),
    }));
    await shop.close();
  });
});

describe('dibs migrate', () => {
  test('makes a store, and then finds nothing to do', async () => {
    const store = join(temporaryFolder(), 'dibs.db');
    const first = await dibs(['migrate', '--store', `sqlite:${store}`]);
    assert.equal(first.code, 0, first.error);
    assert.match(first.output, /^The schema went from number 0 to [1-9]\d*\.\n$/);
    const second = await dibs(['migrate', '--store', `sqlite:${store}`]);
    assert.equal(second.code, 0);
    assert.match(second.output, /^The schema is number [1-9]\d*; nothing was to be done\.\n$/);
    assert.deepEqual((await verify(store)).report,
      { coupons: [], ok: true, brokenCount: 0 });
  });
});

describe('dibs compact', () => {
  let shop;
  before(async () => {
    shop = await Shop.open();
    const coupon = await shop.operator.announce({ stock: 100 });
    await shop.askAtOnce(coupon.id, shop.users('buyer', 30), { connections: 10 });
    await shop.stop();
  });

  // Run, events, until, cumulative events, steps.
  const run = /^Run (\d+): (\d+) events? .* before (\S+) (?:was|were) folded into (\d+) in (\d+) steps?\.\n$/;

  test('folds what was before today, unless told otherwise', async () => {
    const { code, output, error } = await shop.dibs('compact');
    assert.equal(code, 0, error);
    const [, , events, until] = run.exec(output);
    assert.equal(events, '0');
    assert.equal(until, `${new Date().toISOString().slice(0, 10)}T00:00:00.000000Z`);
  });

  test('folds what was before the moment that it is given, once', async () => {
    const until = await justNow();
    const first = await shop.dibs('compact', '--until', until, '--compact-step', '10');
    assert.equal(first.code, 0, first.error);
    const [, , events, shown, folded, steps] = run.exec(first.output);
    assert.deepEqual([events, folded], ['31', '1']);
    assert.ok(Number(steps) >= 2, 'step by step');
    assert.match(shown, TIME);
    const again = await shop.dibs('compact', '--until', until);
    assert.equal(run.exec(again.output)[2], '0');
    const { report } = await verify(shop.store);
    assert.deepEqual([report.ok, report.coupons[0].liveEvents, report.coupons[0].sequence],
      [true, 1, 31]);
  });

  test('shares its runs with the service', async () => {
    await shop.start();
    const runs = await shop.operator.runs();
    assert.ok(runs.length >= 3);
    assert.ok(runs.every(({ trigger, state }) => trigger === 'command' && state === 'finished'));
    assert.equal(expectIssued(await shop.customer('next').ask(1)).rank, 31);
    await shop.close();
  });

  test('makes no store where there is none', async () => {
    const nowhere = `${shop.store}-mistyped`;
    const { code, error } = await dibs(['compact', '--store', `sqlite:${nowhere}`]);
    assert.equal(code, 1);
    assert.match(error, /mistyped: there is no such file/);
    assert.ok(!existsSync(nowhere) && !existsSync(`${nowhere}.owner`));
  });

  test('refuses a moment to come, and one that is none', async () => {
    await expectWrongUsage(['compact', '--until', '+1h'], /--until/);
    await expectWrongUsage(['compact', '--until', 'noon'], /--until.*"noon"/);
  });

  test('knows the day of the time zone that it is given', async () => {
    const { output } = await dibs(['compact', '--store', shop.storeUrl, '--time-zone', 'Asia/Seoul',
      '--compact-keep-days', '2'], { environment: startingAt('2026-11-27T20:00:00Z') });
    assert.equal(run.exec(output)[3], '2026-11-25T15:00:00.000000Z');
  });
});

describe('dibs verify', () => {
  let shop;
  before(async () => {
    shop = await Shop.open();
    for (const stock of [3, 0]) await shop.operator.announce({ name: `"${stock}"`, stock });
    expectIssued(await shop.customer('alice').ask(1));
    await shop.stop();
  });

  test('has a line for each coupon', async () => {
    const { code, output } = await shop.dibs('verify');
    assert.equal(code, 0);
    assert.equal(output, 'coupon 1 ""3"": stock 2, issued 1, history 1..2, 2 live events: ok\n'
      + 'coupon 2 ""0"": stock 0, issued 0, history 1..0, 0 live events: ok\n'
      + '2 coupons verified, 0 rules broken.\n');
  });

  test('has JSON for machines', async () => {
    const coupon = { stock: 0, issued: 0, sequence: 0, liveEvents: 0, ok: true, broken: [],
      brokenCount: 0 };
    assert.deepEqual((await verify(shop.store)).report, {
      coupons: [
        { couponId: 1, name: '"3"', ...coupon, stock: 2, issued: 1, sequence: 2, liveEvents: 2 },
        { couponId: 2, name: '"0"', ...coupon },
      ],
      ok: true,
      brokenCount: 0,
    });
  });

  test('looks at one coupon if told to', async () => {
    const { output } = await shop.dibs('verify', '--coupon', '2', '--json');
    assert.deepEqual(JSON.parse(output).coupons.map(({ couponId }) => couponId), [2]);
    await expectWrongUsage(['verify', '--coupon', 'x'], /--coupon/);
  });

  test('of what isn\'t there ends with 1, and makes nothing', async () => {
    const store = join(temporaryFolder(), 'dibs.db');
    const { code, error } = await dibs(['verify', '--store', `sqlite:${store}`]);
    assert.equal(code, 1);
    assert.match(error, /^dibs: [^\n]+\n$/);
    assert.ok(!existsSync(store));
  });

  test('reads a store that it may not write, as one does from a backup', async () => {
    const copy = join(temporaryFolder(), 'backup.db');
    copyFileSync(shop.store, copy);
    chmodSync(copy, 0o444);
    assert.equal((await verify(copy)).report.ok, true);
  });
});
