// Pins everything in an account's drive, and says what could not be read:
//
//   PINFOLD_PASSWORD=… node pins.mjs https://drive.example NAME
//
// Exit codes: 0 complete and confirmed, 3 something could not be read or was not taken, 1 it failed.
import { init, PinfoldError, Session } from "pinfold";
import { WebSocket } from "ws";

const [origin, username] = process.argv.slice(2);
const password = process.env.PINFOLD_PASSWORD;
if (!origin || !username || !password) {
  console.error("PINFOLD_PASSWORD=… node pins.mjs https://drive.example NAME");
  process.exit(1);
}

await init();
try {
  const session = await Session.open({ origin, username, password }, { webSocket: WebSocket });
  try {
    const drive = await session.loadDrive();
    for (const folder of drive.folders) {
      if (folder.state !== "loaded") console.log(`not read: ${folder.title ?? folder.id} (${folder.code})`);
    }
    // A drive that is not complete may add pins. It can never remove one.
    const receipt = drive.kind === "complete" ? await session.syncPins(drive.pinSet()) : await session.addPins(drive);
    for (const { id, code } of receipt.refused) console.log(`not taken: ${id} (${code})`);
    console.log(`${receipt.count} pins, ${receipt.confirmed ? "confirmed" : "added"}`);
    process.exitCode = drive.kind === "complete" && receipt.confirmed ? 0 : 3;
  } finally {
    await session.close();
  }
} catch (error) {
  if (!PinfoldError.is(error)) throw error;
  console.error(`${error.message} (${error.code})`);
  process.exitCode = 1;
}
