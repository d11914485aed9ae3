// The session runs in a worker: neither the log-in nor a long drive keeps this page from being used.
// Without a bundler the package is a file like any other. An import map would need `'unsafe-inline'` in the page's policy.
import { PinfoldError, Session } from "./node_modules/pinfold/dist/index.js";

const $ = (id) => document.getElementById(id);
const worker = new Worker("./node_modules/pinfold/dist/worker.js", { type: "module" });
let controller;

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  controller = new AbortController();
  const { signal } = controller;
  $("stop").disabled = false;
  $("letters").replaceChildren();
  let session;
  try {
    const onProgress = ({ phase, done, total }) => { $("verdict").textContent = `${phase}: ${done}${total === null ? "" : ` of ${total}`}`; };
    session = await Session.open({ origin: location.origin, username, password }, { worker, signal, onProgress });
    const drive = await session.loadDrive({ signal }); // messages name folders: those settle first
    for await (const letter of session.mailbox("notifications", { signal, backlogOnly: true })) {
      const item = document.createElement("li");
      item.textContent = letter.unreadable ? `cannot be read (${letter.unreadable})` : `${letter.type}: ${letter.facts.title ?? ""}`;
      $("letters").append(item);
    }
    $("verdict").textContent = `${$("letters").childElementCount} messages, in order; the drive is ${drive.kind}`;
  } catch (error) {
    $("verdict").textContent = signal.aborted ? "stopped" : PinfoldError.is(error) ? `${error.message} (${error.code})` : String(error);
  } finally {
    await session?.close();
    $("stop").disabled = true;
  }
});

$("stop").addEventListener("click", () => controller.abort());
$("login").querySelector("button").disabled = false;
