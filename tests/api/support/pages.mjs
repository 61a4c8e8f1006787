// Listings, read page by page by following the cursor.

import assert from 'node:assert/strict';

import { expectJson } from './expect.mjs';

/**
 * Everything that a listing has, in pages of at most `limit`. `fetchPage` asks for the page with
 * this query.
 */
export async function readPages(fetchPage, limit) {
  const all = [];
  for (let cursor = ''; cursor !== null;) {
    const page = expectJson(await fetchPage(`limit=${limit}${cursor && `&cursor=${cursor}`}`));
    assert.deepEqual(Object.keys(page), ['items', 'next']);
    assert.ok(page.items.length <= limit, 'no page is longer than was asked for');
    assert.ok(page.items.length > 0 || cursor === '', 'no page that a cursor led to is empty');
    assert.ok(page.items.length === limit || page.next === null, 'only the last page is shorter');
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}
