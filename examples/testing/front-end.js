// As much of a front end as a test needs: it opens the drive, pins what it may, follows it, and says how it stands.
import { Session } from "pinfold";

export async function open(credentials, options) {
  const session = await Session.open(credentials, options);
  try {
    const drive = await session.loadDrive();
    if (drive.kind === "complete") await session.syncPins(drive.pinSet());
    else await session.addPins(drive);
    await session.followChanges();
    return { session, complete: drive.kind === "complete", missing: drive.kind === "complete" ? [] : drive.missing.map(({ code }) => code) };
  } catch (error) {
    // Otherwise it goes on connecting, and the program does not end.
    await session.close();
    throw error;
  }
}
