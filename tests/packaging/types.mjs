// What TypeScript projects look like: the libraries they name, and code that uses the package with each.

/** What projects name in `lib` and `types`, and the file that fits. */
export const LIBRARIES = [
  ["no library named at all", undefined, undefined, "page.ts"],
  ["ES2022 and the DOM, as most templates have it", ["ES2022", "DOM", "DOM.Iterable"], [], "page.ts"],
  ["the newest of everything", ["ESNext", "DOM"], [], "using.ts"],
  ["the language alone", ["ES2022"], [], "bare.ts"],
  ["a Node service", ["ES2022"], ["node"], "service.ts"],
  ["a worker", ["ES2022", "WebWorker"], [], "bare.ts"],
  ["the file of WebAssembly as an import", ["ES2022", "DOM"], [], "file.ts"],
];

const BARE = `
import { init, Session, type SessionEvent } from "pinfold";
import { inspector, type Inspector } from "pinfold/inspect";
export const looking = (session: Session): Inspector => {
  const seen = inspector();
  seen.show(session);
  return seen;
};
export async function pins(): Promise<number> {
  await init();
  const session = await Session.open({ origin: "https://drive.example", username: "a", password: "b" }, { onEvent: (event: SessionEvent) => void event.type });
  const drive = await session.loadDrive();
  for await (const letter of session.mailbox("notifications", { backlogOnly: true })) letter.type satisfies string | null;
  await session.close();
  return drive.pinCount;
}
`;

export const TYPES = {
  "bare.ts": BARE,
  "page.ts": `${BARE}
export async function page(worker: Worker, signal: AbortSignal, compiled: WebAssembly.Module): Promise<void> {
  for (const module of [new URL("https://a/x"), compiled, new Uint8Array(8), new Request("x"), "x"]) await init({ module });
  await init({ module: fetch("x") });
  const options = { signal, fetch: globalThis.fetch, webSocket: WebSocket };
  const session = await Session.open({ origin: new URL("https://drive.example"), username: "a", password: "b" }, options);
  await session.loadDrive({ signal });
  await Session.open({ origin: "https://drive.example", anonymous: "x" }, { worker });
  const seen = inspector();
  const inspected = await Session.open({ origin: "https://drive.example", anonymous: "x" }, seen.options({ worker, onFrame: ({ text }) => void text.length }));
  seen.show(inspected, { into: document.body });
  for await (const letter of inspected.mailbox("broadcast")) seen.letter(letter);
}
`,
  "file.ts": `
import { init } from "pinfold";
import file from "pinfold/pinfold.wasm";
import recoveryFile from "pinfold/pinfold-recovery.wasm";
import { initRecovery } from "pinfold/recovery";
import { init as inlineInit, Session } from "pinfold/inline";
await inlineInit();
export const open: typeof Session.open = Session.open;
await init({ module: file });
await initRecovery({ module: recoveryFile });
await import("pinfold/worker");
`,
  "service.ts": `${BARE}
import { readFile } from "node:fs/promises";
const { signal } = new AbortController();
await init({ module: await readFile("x") });
export const session = await Session.open({ origin: new URL("https://drive.example"), username: "a", password: "b" }, { signal, fetch });
`,
  "using.ts": `${BARE}
import { MessageKeys } from "pinfold";
export async function used(): Promise<void> {
  await using session = await Session.open({ origin: "https://drive.example", username: "a", password: "b" });
  using drive = await session.loadDrive();
  if (drive.kind === "complete") {
    using pins = drive.pinSet();
    await session.syncPins(pins);
  }
  await using mailbox = session.mailbox("broadcast");
  for await (using letter of mailbox) letter.leave();
  using keys = MessageKeys.fromHash("x");
  keys.open("x");
}
`,
};
