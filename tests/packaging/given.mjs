// Runs the blocks of the documents one after another, in a project with the package: documents.test.mjs wrote them. Prints what became of each.
import { readFile } from "node:fs/promises";
import { format } from "node:util";
import * as pinfold from "pinfold";
import { testWorld } from "pinfold/testing";

const list = JSON.parse(await readFile("list.json", "utf8"));
await pinfold.init();

/** What the documents call their server. */
const EXAMPLE = "https://drive.example";
const listeners = new EventTarget();
globalThis.addEventListener ??= (...args) => listeners.addEventListener(...args);

/** What each name stands for that a block takes as given. `world` is an account on a server of its own. */
function makers(world, kept) {
  const { origin, username, password } = world.credentials;
  const open = async () => (kept.session ??= await pinfold.Session.open(world.credentials, world.options));
  const drive = async () => (kept.drive ??= await (await open()).loadDrive());
  const team = async () => (await open()).account.teams[0].id;
  const recovery = async () => {
    if (kept.recovery) return kept.recovery;
    const { openRecovery } = await import("pinfold/recovery");
    kept.recovery = await openRecovery(world.credentials, world.options);
    await kept.recovery.read();
    return kept.recovery;
  };
  /** A document that stands in the drive itself: its place there, and its id. */
  const entry = async () => {
    const { root, filesData } = (await (await drive()).document()).drive;
    return Object.entries(root).find(([, id]) => Object.hasOwn(filesData, id)).map(String);
  };
  const report = async () => (await (await recovery()).diagnose()).report;
  const controller = (kept.controller ??= new AbortController());
  return {
    origin, username, password, init: pinfold.init,
    // An account that is there already takes the place of one that is registered: it has entries, and a team.
    Session: {
      open: (...args) => pinfold.Session.open(...args),
      register: async (...args) => {
        const session = await pinfold.Session.open(...args);
        await session.loadDrive();
        await session.loadTeam(session.account.teams[0].id);
        return (kept.own = session);
      },
    },
    Pause: () => pinfold.Pause, credentials: world.credentials, button: {},
    session: open, drive, team, id: async () => (await entry())[1], recovery,
    // What an operator exported of a folder: no line of it opens, so that nothing is to be moved.
    copies: async () => ({ channel: (await drive()).folders[0].channel, archived: "[0]\n", live: "[1]\n" }),
    plan: async () => (await open()).plan(await drive()),
    // Of a document in the account's own drive.
    title: async () => Object(await (await drive()).document()).drive.filesData[(await entry())[1]].title,
    href: "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/",
    name: async () => (await entry())[0], from: 0, to: Date.now() + 1e9, tries: 0,
    signal: controller.signal,
    error: () => pinfold.Session.open({ ...world.credentials, password: "not the password" }).catch((error) => error),
    // As much of a test runner as a block needs: the test runs at once, and what was given to `after` comes behind it.
    test: () => (_name, body) => {
      const ends = [];
      const running = (async () => {
        try {
          await body({ after: (end) => void ends.push(end) });
        } finally {
          for (const end of ends) await end();
        }
      })();
      (kept.tests ??= []).push(running);
      return running;
    },
    older: report, newer: report, other: async () => (await recovery()).exportPinChanges(),
  };
}

/** Functions that a block calls: they say that they were called. */
const CALLED = {
  show: () => {}, say: () => {}, keep: () => {}, again: () => {}, onProgress: () => {},
  ask: () => Promise.resolve(true),
  render: (kept) => setTimeout(() => kept.controller.abort(), 0),
};
/** Of these, those that a block need not come to. */
const PERHAPS = ["again", "ask", "show"];

async function run({ path, file, line, given }, world, kept) {
  const printed = [];
  const called = [];
  const log = console.log;
  const warn = console.warn;
  try {
    const values = makers(world, kept);
    for (const name of given) {
      if (Object.hasOwn(CALLED, name)) {
        globalThis[name] = (...args) => {
          called.push(name);
          return CALLED[name](kept, ...args);
        };
        continue;
      }
      if (!Object.hasOwn(values, name)) throw new Error(`nobody here makes "${name}"`);
      globalThis[name] = typeof values[name] === "function" && name !== "init" ? await values[name]() : values[name];
    }
    console.log = (...words) => printed.push(format(...words));
    console.warn = () => {};
    await import(`./${path}`);
    await Promise.all(kept.tests?.splice(0) ?? []);
    return { file, line, printed, called, asked: given.filter((name) => Object.hasOwn(CALLED, name) && !PERHAPS.includes(name)) };
  } catch (error) {
    if (error === kept.controller?.signal.reason) return { file, line, printed, called, asked: [] };
    return { file, line, error: `${error.code ?? error.name}: ${error.stack}` };
  } finally {
    console.log = log;
    console.warn = warn;
  }
}

const told = [];
for (const file of new Set(list.map((block) => block.file))) {
  // The blocks of a document are about one account, and no other document sees what they did.
  const world = await testWorld({ seed: 7, folders: 3, teams: 1, letters: 3 });
  const kept = {};
  globalThis.WebSocket = world.webSocket;
  globalThis.fetch = (address, ...rest) => world.fetch(String(address).replace(EXAMPLE, world.origin), ...rest);
  globalThis.location = { origin: world.origin };
  for (const block of list) if (block.file === file) told.push(await run(block, world, kept));
  await kept.recovery?.close();
  for (const session of [kept.session, kept.own]) await session?.close();
  world.close();
}
console.log(JSON.stringify(told));
process.exit(0);
