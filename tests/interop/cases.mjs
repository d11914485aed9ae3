// The rows of the table that `npm run interop` ends with.
//
// To add a case, call `interop` in any `*.test.mjs` beside this file: it is a test, and it is a row.

import { test } from 'node:test';

/** What table.mjs recognises a row by among the other things that tests say. */
export const ROW = 'interop: ';

/**
 * A test that is a row of the table. `direction`: who writes and who reads; `compared`: what has to be the same. What
 * `body` resolves to, if anything, is added to the result: how many of what.
 */
export function interop({ name, direction, compared }, body) {
  test(name, async (t) => {
    let result = 'differs';
    try {
      const extent = await body(t);
      result = extent === undefined ? 'same' : `same: ${extent}`;
    } finally {
      t.diagnostic(ROW + JSON.stringify({ name, direction, compared, result }));
    }
  });
}
