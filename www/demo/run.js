// The main job, with the package as any page would use it. What happens is told to the panels as it happens.
import { init, PinfoldError, Session } from "/dist/index.js";
import { counted } from "./dom.js";
import { furnish } from "./furnish.js";

const DONE_TEXT = { login: "keys derived", block: "opened", drive: "read to its end" };
const STEP_OF_PHASE = { config: "login", kdf: "login", block: "block", connect: "drive", drive: "drive", folders: "folders", pins: "pins", mailbox: "mailbox" };
const HEAD_START = 1000; // ms for folders and pins alone: a long mailbox beside them would hold them up
const ORDER = ["login", "block", "drive", "folders", "pins", "mailbox"];

let worker;

/**
 * Runs log-in, drive, folders, pins and mailbox, the last beside the others if those take long; for a `fresh` account it
 * registers first and puts something into the drive. `patience` is how long messages wait for what they name, in ms.
 * Returns when the pins are settled and the mailbox has been read; the session stays open for new messages until `signal`
 * aborts.
 */
export async function runJob({ credentials, fresh, inWorker, wholeMailbox, patience, giveUpUnknown, panels, clock, signal }) {
  const { steps, folders, pins, guard, mailbox, frames, verdict, connection } = panels;
  await init();
  steps.begin("login", "deriving keys");

  const begin = fresh ? Session.register : Session.open;
  const session = await begin(credentials, {
    signal,
    policy: { giveUpUnknown },
    worker: inWorker ? (worker ??= new Worker("/dist/worker.js", { type: "module" })) : undefined,
    onFrame: (frame) => frames.add(frame, clock()),
    onEvent: (event) => {
      if (event.type === "progress") onProgress(event);
      else if (event.type === "folder") {
        if (event.channel && event.title) frames.name(event.channel, event.title);
        onFolder(event);
      } else if (event.type === "pins") pins.event(event);
      else if (event.type === "mailbox") onMailbox(event);
      else if (event.type === "mailbox-notice") mailbox.notice(event);
      else if (event.type === "net") connection.set(event.state, event.detail);
      // What the server was caught at is in the guard's report; a store that fails is worth a line in the console.
      else if (event.type === "storage") console.warn("pinfold:", event.code, event.message);
    },
  }).catch((error) => {
    // A worker that is gone stays gone.
    if (inWorker && error instanceof PinfoldError && error.detail.where === "worker") worker = undefined;
    throw error;
  });
  signal.addEventListener("abort", () => void session.close().then(() => connection.set("closed")), { once: true });
  panels.learned(session.account);
  frames.name(session.account.driveChannel, "the drive");

  if (fresh) await furnish(session, { signal, tell: (words) => steps.begin("drive", words) });
  const loading = session.loadDrive({ signal });
  // A folder that takes long does not hold the mailbox up: a message that names it waits for it, and those behind that one.
  let messages = 0;
  const pinned = Promise.withResolvers();
  const headStart = new Promise((resolve) => setTimeout(resolve, HEAD_START));
  const caughtUp = Promise.race([pinned.promise, headStart]).then(readMailbox);
  // Its failure is told below, unless that of the drive comes first.
  caughtUp.catch(() => {});
  const drive = await loading;
  finishUpTo("folders");
  const read = drive.folders.filter(({ state }) => state === "loaded").length;
  steps.end("folders", drive.kind === "complete" ? read === 1 ? "one, read to its end" : `all ${read} read` : `${read} of ${drive.folders.length} read`, drive.kind === "complete" ? "ok" : "warn");
  folders.loaded(drive);
  pins.computed(drive);
  const account = await drive.document();
  for (const [name, box] of Object.entries(account?.mailboxes ?? {})) if (box?.channel) frames.name(box.channel, name);

  steps.begin("pins", "comparing with the server");
  let receipt = drive.kind === "complete" ? await session.syncPins(drive.pinSet(), { signal }) : await session.addPins(drive, { signal });
  await settled();
  judge();
  pinned.resolve();
  await caughtUp;
  return session;

  function judge() {
    verdict.done({ drive, receipt, took: clock() });
    verdict.messages(messages);
  }

  /** The pins were answered: shows the result, and the guard's report. */
  async function settled() {
    pins.receipt(receipt);
    const added = receipt.confirmed || receipt.surplusRetained || receipt.refused.length > 0;
    steps.end("pins", `${counted(receipt.count, "id")}, ${receipt.confirmed ? "confirmed" : !added ? "not confirmed" : receipt.added > 0 ? "added" : "acknowledged"}`, added ? "ok" : "bad");
    await showGuard();
  }

  async function showGuard() {
    const plan = await session.plan(drive);
    guard.show({ plan, report: await session.guard(), agree: drive.kind === "complete" ? () => agree(plan.digest) : null, putBack });
  }

  /** A kept entry goes back to where it stood; loading the drive again shows it. */
  async function putBack(channel, id) {
    await session.putBack(channel, { signal, id });
    await showGuard();
  }

  /** The user agrees to the difference that was shown. */
  async function agree(consent) {
    try {
      receipt = await session.syncPins(drive.pinSet(), { signal, consent });
      await settled();
      judge();
    } catch (error) {
      if (!signal.aborted) verdict.failed(error);
    }
  }

  function onProgress({ phase, done, total }) {
    const step = STEP_OF_PHASE[phase];
    finishUpTo(step);
    if (step === "folders") steps.begin(step, total === null ? "" : `${done} of ${total} settled`);
    else if (phase === "kdf") steps.begin(step, "scrypt");
    else if (step === "mailbox") steps.begin(step, "reading in order");
    else steps.begin(step);
  }

  function onFolder(report) {
    finishUpTo("folders");
    steps.begin("folders");
    folders.update(report);
  }

  function onMailbox(event) {
    steps.begin("mailbox", event.held ? "one waits, in its place" : "reading in order");
    mailbox.state(event);
  }

  /** A step whose successor is under way is done. */
  function finishUpTo(step) {
    for (const name of ORDER.slice(0, ORDER.indexOf(step))) {
      if (DONE_TEXT[name]) steps.end(name, DONE_TEXT[name]);
    }
  }

  async function readMailbox() {
    signal.throwIfAborted();
    steps.begin("mailbox", "reading in order");
    const backlog = Promise.withResolvers();
    const box = session.mailbox("notifications", { signal, whole: wholeMailbox, patience, onBacklogEnded: () => backlog.resolve() });
    mailbox.opened(box);
    const reading = (async () => {
      for await (const delivery of box) {
        messages += 1;
        mailbox.add(delivery);
        verdict.messages(messages);
      }
    })();
    reading.catch(backlog.reject).finally(() => mailbox.ended());
    await backlog.promise;
    mailbox.backlogEnded();
    steps.end("mailbox", `${messages.toLocaleString("en")}, in order`);
    // New messages go on coming; a failure after this point is the connection's.
    reading.catch((error) => signal.aborted || verdict.failed(error, false));
  }
}
