// From log-in to the hash of the pin set through the published API: what growth.mjs measures, in Node and in a page.

/** `library` is the package, `account` what to sign in with, `host` a WebSocket where the platform has none. Self-contained: it is copied into a page. */
export async function startUp({ Session }, account, host = {}) {
  const session = await Session.open(account, host);
  const drive = await session.loadDrive();
  const { kind, documents, pinDigest, pinCount } = drive;
  // The session stays open, with all that it follows: this is the memory of a tab with a drive in it.
  return { session, drive, answer: { kind, documents, pinDigest, pinCount } };
}

/** As a program of its own, so that its peak is nobody else's: `node start-up.mjs '<JSON of the account>'`. */
if (process.argv[1] === import.meta.filename) {
  const { default: WebSocket } = await import("ws");
  const library = await import("../../dist/index.node.js");
  await library.init();
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const began = process.cpuUsage();
  const { answer } = await startUp(library, JSON.parse(process.argv[2]), { webSocket: WebSocket });
  const { user, system } = process.cpuUsage(began);
  // Bytes, except that the peak comes in kilobytes.
  console.log(JSON.stringify({ answer, ms: (user + system) / 1000, before, peak: process.resourceUsage().maxRSS * 1024 }));
  process.exit(0);
}
