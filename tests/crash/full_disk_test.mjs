// Goal: when the disk is full nobody is told something that isn't so, reading goes on, and with
// space again everything does, without a restart.
// Method: the kernel's limit on the size of files (prlimit) is set to what the store's log has, in
// the middle of things, and lifted again. A write then fails in the commit, as on a full disk.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { run } from '../api/support/command.mjs';
import {
  expectAlreadyRegistered, expectIssued, expectJson, expectProblem, expectStatus,
} from '../api/support/expect.mjs';
import { Shop } from '../api/support/shop.mjs';

describe('on a full disk', () => {
  let shop;
  before(async () => {
    // The signal that comes with the limit is none that comes with a full disk.
    shop = await Shop.open({ prefix: ['sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh'] });
  });
  after(() => shop.close());

  const limitFiles = async (size) => {
    const args = ['--pid', String(shop.service.process), `--fsize=${size}:`];
    const { code, error } = await run('prlimit', args);
    assert.equal(code, 0, error);
  };
  /** From now on no file grows beyond so many bytes more than the store's largest has. */
  const fillDisk = (more = 0) => {
    const sizes = ['', '-wal'].map((suffix) => `${shop.store}${suffix}`)
      .filter((file) => existsSync(file)).map((file) => statSync(file).size);
    return limitFiles(Math.max(...sizes) + more);
  };
  const freeDisk = () => limitFiles('unlimited');

  test('a commit that breaks off is told as 503 outcome-unknown; repeating is safe', async () => {
    const coupon = await shop.operator.announce();
    const alice = shop.customer('alice');
    await fillDisk();
    const first = await alice.ask(coupon.id, { key: '"once"' });
    expectProblem(first, 503, 'outcome-unknown');
    const line = await shop.service.lineOf('outcome-unknown');
    assert.equal(line.level, 'error');
    const second = await alice.ask(coupon.id, { key: '"once"' });
    assert.ok(['outcome-unknown', 'store-unavailable'].includes(second.json.code), second.text);

    expectStatus(await alice.holdings(), 200);
    assert.equal((await shop.operator.stock(coupon.id)).issued, 0);
    assert.equal((await shop.operator.changeStock(coupon.id, 5)).status, 503);
    await freeDisk();

    const issued = expectIssued(await alice.ask(coupon.id, { key: '"once"' }), coupon);
    assert.equal(issued.rank, 1);
    assert.deepEqual(expectAlreadyRegistered(await alice.ask(coupon.id)), [issued]);
    assert.equal((await shop.operator.stock(coupon.id)).stock, 9, 'the restock was not kept');
    await shop.expectTrueBooks();
  });

  test('whoever was told 201 under load has it, and whoever was not can have it then', async () => {
    const coupon = await shop.operator.announce({ stock: 400 });
    const users = shop.users('rush', 300);
    const keyOf = (user) => `"${user}"`;
    await fillDisk(60_000);
    const answers = await shop.askAtOnce(coupon.id, users, { keyOf, connections: 30 });
    const told = answers.filter(({ status }) => status === 201);
    assert.ok(told.length > 0 && told.length < 300, `${told.length} of 300 found space`);
    for (const answer of answers) {
      if (answer.status === 201) expectIssued(answer, coupon);
      else assert.ok(['outcome-unknown', 'store-unavailable'].includes(answer.json.code));
    }
    await freeDisk();

    const again = await shop.askAtOnce(coupon.id, users, { keyOf, connections: 30 });
    for (const [i, answer] of again.entries()) {
      expectIssued(answer, coupon);
      if (answers[i].status === 201) assert.equal(answer.text, answers[i].text, users[i]);
    }
    assert.equal((await shop.operator.stock(coupon.id)).issued, 300);
    await shop.expectTrueBooks();
  });

  test('a fold goes on when there is space again', async () => {
    const coupon = await shop.operator.announce({ stock: 10 });
    await fillDisk();
    const answer = await shop.operator.post('/admin/v1/compactions', {
      until: new Date().toISOString(),
    });
    assert.equal(answer.status, 503, answer.text);
    await freeDisk();
    await shop.operator.compact();
    assert.equal((await shop.operator.liveEvents(coupon.id)).length, 1);
    expectJson(await shop.operator.get('/admin/v1/compactions'));
  });
});
