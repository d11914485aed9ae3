// What must type-check: the README's example, and every shape a caller meets.
import { init, Mailbox, MessageKeys, PinfoldError, Session, type Drive, type ErrorCode, type FolderReport, type JsonValue, type PinReceipt, type Progress, type SessionEvent, type SessionState } from "pinfold";

export async function example(signal: AbortSignal, username: string, password: string): Promise<PinReceipt> {
  await init();
  await using session = await Session.open(
    { origin: "https://drive.example", username, password },
    { signal, onProgress: ({ phase, done, total }: Progress) => console.log(phase, done, total) },
  );
  const drive: Drive = await session.loadDrive({ signal });
  for await (const delivery of session.mailbox("notifications", { backlogOnly: true, whole: true })) {
    console.log(delivery.position, delivery.type, delivery.unreadable ?? delivery.content);
  }
  if (drive.kind === "partial") {
    const missing: readonly FolderReport[] = drive.missing;
    for (const folder of missing) console.warn(folder.title, folder.state, folder.code);
    return session.addPins(drive);
  }
  using pins = drive.pinSet();
  return session.syncPins(pins, { signal });
}

export function explain(error: unknown): ErrorCode | undefined {
  return PinfoldError.is(error) && error.retry === "now" ? error.code : undefined;
}

export async function inWorker(worker: Worker): Promise<void> {
  const session = await Session.open({ origin: new URL("https://drive.example"), username: "a", password: "b" }, { worker });
  await session.close();
}

export async function documents(drive: Drive): Promise<JsonValue | undefined> {
  const [folder] = drive.folders;
  return folder ? drive.document(folder.id) : drive.document();
}

export function openMessage(message: string): string {
  using keys = MessageKeys.fromHash("/2/pad/edit/0c73FBm4k6Ew0tNzpakvIm8f/", { password: "secret" });
  return keys.open(message);
}

export const nodeModule = (bytes: Uint8Array<ArrayBuffer>) => init({ module: bytes });

export async function inbox(session: Session, mailbox: Mailbox): Promise<number | null> {
  for await (const delivery of session.mailbox("team-1", { patience: 5_000 })) {
    const name: string | null | undefined = delivery.sender?.claim === "own" ? delivery.sender.displayName : delivery.author;
    await delivery.dismiss();
    console.log(name, delivery.facts.title, delivery.unresolved, delivery.superseded?.why, delivery.supersedes.length, mailbox.unread, mailbox.news, mailbox.held?.until);
  }
  const { messages, more } = await mailbox.older(20);
  const [quarantined] = await mailbox.quarantine();
  console.log(messages.map(({ hash }) => hash), more, quarantined?.code);
  return session.send({ curvePublic: "k", notifications: "c" }, { type: "SHARE_PAD", content: { title: "t", href: "h" } });
}

export const notLoaded = (event: SessionEvent): boolean => event.type === "mailbox-notice" && event.code === "mailbox/not-loaded";

export async function staying(session: Session, signal: AbortSignal): Promise<SessionState> {
  const off = session.on("net", ({ state, retryAt }) => console.log(state, retryAt));
  session.on("state", ({ state }) => console.log(state.online, state.nextTry, state.safeToClose, state.drive?.kind));
  session.on((event) => event.type === "changed" && console.log(event.pins));
  for await (const { drive, added, removed, folders } of session.changes({ signal })) {
    console.log((await session.plan(drive, { signal })).digest, added.length, removed.length, folders.map(({ state }) => state));
    if (session.closed || !session.online) break;
  }
  off();
  return session.state;
}

export const visited = (link: string): Promise<Session> => Session.open({ origin: "https://drive.example", anonymous: link });

export async function writing(session: Session, signal: AbortSignal): Promise<string> {
  const folder = await session.createFolder("Together", { path: ["shared"], password: "pw", signal });
  await session.loadDrive();
  await session.edit({ type: "addDocument", href: "/pad/#/2/pad/edit/key/", title: "Notes" }, { folder, signal });
  const entry = await session.vaultEntry("0".repeat(32));
  await session.putBack("0".repeat(32), { signal });
  await session.edit([
    { type: "rename", id: "1", title: "New" },
    { type: "emptyTrash", ids: await session.trash() },
    ...(entry !== null && typeof entry === "object" && !Array.isArray(entry) ? [{ type: "putBack", entry } as const] : []),
  ]);
  await session.edit({ type: "remove", id: "2" }, { team: "1", folder });
  await session.edit({ type: "emptyTrash", ids: await session.trash({ team: "1" }) }, { team: "1" });
  return folder;
}

import { openRecovery, type AffectedItem, type DeletePlan, type DeleteResult, type LostItem, type PinChangeLog, type Recovery, type RestoreResult } from "pinfold/recovery";

export async function lookBack(username: string, password: string, signal: AbortSignal): Promise<RestoreResult> {
  await using recovery = await openRecovery({ origin: "https://drive.example", username, password }, { signal, store: null });
  await recovery.read({ signal, onRead: ({ documents, lines, bytes }) => console.log(documents, lines, bytes) });
  const accidents: LostItem[] = await recovery.accidents({ titles: true, told: [Date.now()] });
  const affected: AffectedItem[] = await recovery.affected({ from: 0, to: Date.now(), foldersOnly: true });
  const { changes: pins, regrown }: PinChangeLog = recovery.pinChanges();
  recovery.importPinChanges(recovery.exportPinChanges());
  console.log(pins[0]?.cause === "loading", regrown[0]?.ids);
  const { changes } = await recovery.history({ of: recovery.session.account.driveChannel, count: 50 });
  console.log(affected.map(({ harm, by }) => [harm, by]), changes.map(({ did, at }) => [did, at.time, at.own]));
  const can = accidents.filter(({ left }) => left === null).map(({ channel }) => channel);
  return recovery.restore(can, { tag: "RESTORED-20190614", makeFolders: true, dry: true });
}

export async function deleteOne(recovery: Recovery, path: string[], id: string): Promise<DeleteResult> {
  const plan: DeletePlan = await recovery.planDelete([{ path, id }], { action: "remove", view: "search" });
  return plan.report.needsConsent ? recovery.carryOut(plan, { consent: plan.report.digest }) : recovery.carryOut(plan);
}

import { firstLoss, replay, type Replay, type ReplayedStep } from "pinfold/testing";

export async function lostBy(seed: number): Promise<readonly string[]> {
  const found: Replay | null = await firstLoss({ client: "race-2019", from: seed, seeds: 10 });
  const { runs }: Replay = found ?? (await replay({ client: "guarded", seed }));
  const steps: readonly ReplayedStep[] = runs[0]?.steps ?? [];
  return steps.flatMap(({ lost }) => lost);
}
