// Log in, load, pin, stay current, log out. The page is served from the instance's own origin.
// Without a bundler the package is a file like any other. An import map would need `'unsafe-inline'` in the page's policy.
import { init, PinfoldError, Session } from "./node_modules/pinfold/dist/index.js";

const $ = (id) => document.getElementById(id);
let session;

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  event.target.reset(); // the password stays in no field
  $("verdict").textContent = "opening";
  try {
    await init();
    session = await Session.open({ origin: location.origin, username, password });
    shown(true);
    session.on("state", ({ state }) => connection(state));
    connection(session.state);
    // Again whenever it became another drive; it ends with the session.
    for await (const { drive } of session.changes()) await settle(drive);
  } catch (error) {
    // The session was closed while something waited: that is the log-out.
    if (PinfoldError.is(error) && error.code === "misuse/closed") return;
    $("verdict").textContent = PinfoldError.is(error) ? `${error.message} (${error.code})` : String(error);
  }
});

async function settle(drive) {
  $("missing").replaceChildren(...drive.folders.filter(({ state }) => state !== "loaded").map(({ title, code }) => {
    const item = document.createElement("li");
    item.textContent = `${title ?? "a folder"} could not be read (${code}). What is in it keeps its pins.`;
    return item;
  }));
  const receipt = drive.kind === "complete" ? await session.syncPins(drive.pinSet()) : await session.addPins(drive);
  $("verdict").textContent = `${receipt.count} pins, ${receipt.confirmed ? "confirmed" : "added"}`;
}

function connection({ online, nextTry }) {
  $("connection").textContent = online ? "connected" : nextTry ? `no connection, next try at ${new Date(nextTry).toLocaleTimeString()}` : "not connected";
}

$("logout").addEventListener("click", async () => {
  await session.close(); // wipes the keys
  shown(false);
});

function shown(loggedIn) {
  $("login").hidden = loggedIn;
  $("logout").hidden = !loggedIn;
  if (!loggedIn) for (const id of ["connection", "verdict", "missing"]) $(id).replaceChildren();
}

$("login").querySelector("button").disabled = false;

// What was asked for is still on its way: the browser asks before it closes the page.
addEventListener("beforeunload", (event) => {
  if (session && !session.safeToClose) event.preventDefault();
});
