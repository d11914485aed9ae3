// Log in, load, pin, stay current, log out. The page is served from the instance's own origin.
// The package is named by its path: an import map in the page would be an inline script, which a strict content security policy refuses.
import { init, PinfoldError, Session } from "./node_modules/pinfold/dist/index.js";

const $ = (id) => document.getElementById(id);
const button = $("login").querySelector("button");
let session = null;

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const { username, password } = Object.fromEntries(new FormData(form));
  form.elements.password.value = ""; // the password stays in no field
  button.disabled = true; // a second click would open a second session
  $("verdict").textContent = "opening";
  let problem = "";
  try {
    await init();
    session = await Session.open({ origin: location.origin, username, password });
    shown(true);
    session.on("state", ({ state }) => connection(state));
    session.on("ended", ({ code, message }) => { problem = `${message} (${code})`; }); // by itself: it ends the loop below as well
    connection(session.state);
    // Again whenever it became another drive; it ends with the session.
    for await (const { drive } of session.changes()) await settle(drive);
  } catch (error) {
    // The session was closed while something waited: that is the log-out, and no problem.
    if (!PinfoldError.is(error)) problem = String(error);
    else if (error.code !== "misuse/closed") problem = `${error.message} (${error.code})`;
  } finally {
    await session?.close(); // wipes the keys
    session = null;
    shown(false);
    $("verdict").textContent = problem;
    button.disabled = false;
  }
});
button.disabled = false; // from here on the form is answered by this script

async function settle(drive) {
  $("missing").replaceChildren(...drive.folders.filter(({ state }) => state !== "loaded").map(({ title, code }) => {
    const item = document.createElement("li");
    item.textContent = `${title ?? "a folder"} could not be read (${code}). What is in it keeps its pins.`;
    return item;
  }));
  const receipt = await pinned(drive);
  $("verdict").textContent = `${receipt.count} pins, ${receipt.confirmed ? "confirmed" : "added"}`;
}

/** A connection that is lost meanwhile ends the call, and is made anew by itself. So the call is made again, and nobody is logged out. */
async function pinned(drive) {
  for (let wait = 3_000; ; wait = Math.min(2 * wait, 60_000)) {
    try {
      return await (drive.kind === "complete" ? session.syncPins(drive.pinSet()) : session.addPins(drive));
    } catch (error) {
      if (error.retry !== "now" && error.retry !== "later") throw error;
      let unlisten;
      await new Promise((resolve) => {
        unlisten = session.on("state", ({ state }) => state.closed && resolve());
        setTimeout(resolve, wait);
      });
      unlisten();
    }
  }
}

function connection({ online, nextTry }) {
  $("connection").textContent = online ? "connected" : nextTry ? `no connection, next try at ${new Date(nextTry).toLocaleTimeString()}` : "not connected";
}

// What waits for the session above ends with it, and the form comes back.
$("logout").addEventListener("click", () => session?.close());

function shown(loggedIn) {
  $("login").hidden = loggedIn;
  $("logout").hidden = !loggedIn;
  if (!loggedIn) for (const id of ["connection", "verdict", "missing"]) $(id).replaceChildren();
}

// What was asked for is still on its way: the browser asks before it closes the page.
addEventListener("beforeunload", (event) => {
  if (session && !session.safeToClose) event.preventDefault();
});
