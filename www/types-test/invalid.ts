// What must not type-check. Each line under @ts-expect-error fails the build once it is accepted.
import { CompletePinSet, MessageKeys, PinfoldError, Session, type CompleteDrive, type PartialDrive, type Drive } from "pinfold";

declare const session: Session;
declare const partial: PartialDrive;
declare const complete: CompleteDrive;
declare const drive: Drive;

// @ts-expect-error a partial drive has no pin set
partial.pinSet();
// @ts-expect-error nor has a drive whose kind was not asked for
drive.pinSet();

const lookalike = { size: 3, digest: "", channels: () => [], close() {}, [Symbol.dispose]() {} };
// @ts-expect-error an object that looks like a complete pin set is not accepted as one
session.syncPins(lookalike);
// @ts-expect-error nor is a list of ids
session.syncPins(["0".repeat(32)]);
// @ts-expect-error a drive is not its pin set
session.syncPins(complete);
// @ts-expect-error pins are added on the word of a drive, not of a list
session.addPins(complete.channels());

// @ts-expect-error a session is opened, not made
new Session();
// @ts-expect-error a pin set comes from a complete drive only
new CompletePinSet();

// @ts-expect-error message keys come from a hash
new MessageKeys();

// @ts-expect-error there is no such mailbox
session.mailbox("inbox");
// @ts-expect-error a message has a type
await session.send({ curvePublic: "k", notifications: "c" }, { content: {} });
// @ts-expect-error a recipient has a key
await session.send({ notifications: "c" }, { type: "FRIEND_REQUEST" });
// @ts-expect-error patience is a number of milliseconds
session.mailbox("notifications", { patience: "long" });
// @ts-expect-error an edit has a type
await session.edit({ id: "1", title: "t" });
// @ts-expect-error emptying the trash names what it destroys
await session.edit({ type: "emptyTrash" });
// @ts-expect-error a document is added by its link
await session.edit({ type: "addDocument", title: "t" });
// @ts-expect-error there is no such edit
await session.edit({ type: "removeAll" });
// @ts-expect-error a password is needed
Session.open({ origin: "https://drive.example", username: "a" });

// @ts-expect-error there is no such event
session.on("no-such-event", () => {});
// @ts-expect-error an event has the fields of its type
session.on("changed", ({ retryAt }) => retryAt);
// @ts-expect-error the state is read-only
session.state.online = false;

declare const error: PinfoldError;
// @ts-expect-error the code is one of the table
if (error.code === "no/such-code") throw error;
// @ts-expect-error facts are read-only
error.detail.more = "";


import { openRecovery, type DeletePlan, type LostItem, type Recovery } from "pinfold/recovery";
declare const recovery: Recovery;
declare const lostItem: LostItem;
// @ts-expect-error a recovery has no worker
openRecovery({ origin: "https://drive.example", username: "a", password: "b" }, { worker: new Worker("") });
// @ts-expect-error a question has an end
await recovery.affected({ from: 0 });
// @ts-expect-error the cause is one of the table
if (lostItem.cause === "no-such-cause") throw lostItem;
// @ts-expect-error only planDelete makes a plan
const forged: DeletePlan = { report: (await recovery.planDelete([])).report };
// @ts-expect-error there is no such action
await recovery.planDelete([], { action: "burn" });

import { firstLoss, replay } from "pinfold/testing";
// @ts-expect-error there is no such client
await replay({ client: "race-2020", seed: 0 });
// @ts-expect-error a seed is a number
await replay({ client: "guarded", seed: 0n });
// @ts-expect-error it may be that no seed loses anything
(await firstLoss({ client: "guarded", from: 0 })).runs;
