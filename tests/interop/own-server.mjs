// A server for the tests of one file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { init } from '../../dist/index.node.js';
import { leave } from './editors.mjs';
import { startServer } from './server.mjs';

/** `{ data, origin }`: a server on an empty directory. It is there before the first test, and gone with all peers after the last. */
export function ownServer(name) {
  const own = { data: mkdtempSync(join(tmpdir(), `pinfold-${name}-`)), origin: undefined };
  let server;
  before(async () => {
    server = await startServer('--data', own.data);
    own.origin = server.origin;
    await init();
  });
  after(async () => {
    leave();
    await server?.stop();
    rmSync(own.data, { recursive: true, force: true });
  });
  return own;
}
