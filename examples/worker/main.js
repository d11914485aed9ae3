// The session runs in a worker: neither the log-in nor a long drive keeps this page from being used.
// The package is named by its path: an import map in the page would be an inline script, which a strict content security policy refuses.
import { PinfoldError, Session } from "./node_modules/pinfold/dist/index.js";

const $ = (id) => document.getElementById(id);
const button = $("login").querySelector("button");
const worker = new Worker("./node_modules/pinfold/dist/worker.js", { type: "module" });
let controller;

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { username, password } = Object.fromEntries(new FormData(form));
  form.elements.password.value = ""; // the password stays in no field
  controller = new AbortController();
  const { signal } = controller;
  running(true);
  $("letters").replaceChildren();
  $("verdict").textContent = "opening";
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
    running(false);
  }
});
running(false); // from here on the form is answered by this script

$("stop").addEventListener("click", () => controller.abort());

/** One session at a time: a second click would open a second one. */
function running(now) {
  button.disabled = now;
  $("stop").disabled = !now;
}
