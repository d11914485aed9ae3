// Whether the time of a start-up grows with the account and not faster.
import { measure } from "./measure.mjs";
import { readBytes, readRecording } from "./recording.mjs";
import { replay } from "./replay.mjs";
import { close, open } from "./rows.mjs";
import { synthetic } from "./synthetic.mjs";

const SIZES = [["small", 0.05], ["medium", 1], ["2×", 2], ["4×", 4]];

/** Start-ups of synthetic accounts; see synthetic.mjs. */
export async function growth(pinfold, read, host) {
  const login = await readRecording(await read("medium.ndjson.gz"));
  const results = [];
  for (const [name, size] of SIZES) {
    const recording = synthetic(login, size);
    await open(pinfold, login.account, replay(recording)).then(close);
    const { ms, answer } = await measure(async (timer) => {
      const opened = await open(pinfold, login.account, replay(recording, { onHttp: (path) => path.startsWith("/block/") && timer.start() }));
      const answer = { complete: opened.drive.complete, documents: opened.drive.documents(), pins: opened.drive.pinCount() };
      close(opened);
      return answer;
    }, host, size < 1 ? 9 : 5);
    const agrees = answer.complete && answer.documents === recording.documents;
    results.push({ name, ms, bytes: readBytes(recording), agrees, ...answer });
  }
  return results;
}
