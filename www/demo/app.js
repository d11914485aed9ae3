// Wires the page: the form, the panels, the keys.
import { createAccounts } from "./accounts.js";
import { createFaults } from "./faults.js";
import { createFolders } from "./folders.js";
import { createFrames } from "./frames.js";
import { createGuard } from "./guard.js";
import { createMailbox } from "./mailbox.js";
import { fromFragment, toFragment } from "./permalink.js";
import { createPins } from "./pins.js";
import { runJob } from "./run.js";
import { createSteps } from "./steps.js";
import { createVerdict } from "./verdict.js";
import { announce, copy, showExplanations } from "./dom.js";
import { placeIcons } from "./icons.js";
import "./theme-button.js";

placeIcons(document);
const $ = (id) => document.getElementById(id);
let began = 0;
const clock = () => performance.now() - began;

const frames = createFrames($("frames"));
const connection = createConnection();
const panels = {
  frames,
  connection,
  steps: createSteps($("steps"), { clock }),
  verdict: createVerdict($("verdict"), { again: () => $("form").requestSubmit() }),
  folders: createFolders($("folders"), { clock, showFrames: frames.only }),
  pins: createPins($("pins"), { clock }),
  guard: createGuard($("guard")),
  mailbox: createMailbox($("mailbox"), { titleOf: frames.titleOf, showFrames: frames.only, folders: () => panels.folders.folders() }),
};
const faults = createFaults($("faults"));

let accounts; // once it is known what the server offers
let current = null; // the AbortController of the run, or of the session it left open
let running = false;
let edPublic = null; // of the account that ran last

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  current?.abort();
  const controller = (current = new AbortController());
  began = performance.now();
  for (const panel of Object.values(panels)) panel.reset();
  setRunning(true);
  history.replaceState(null, "", permalink());
  try {
    const filled = credentials();
    const fresh = accounts.fresh();
    const learned = (account) => {
      edPublic = account.edPublic;
      if (fresh) accounts.made(filled);
    };
    await runJob({ credentials: filled, fresh, inWorker: $("in-worker").checked, wholeMailbox: $("whole-mailbox").checked, patience: $("patience").value === "" ? undefined : $("patience").valueAsNumber * 1000, giveUpUnknown: $("give-up-unknown").checked, panels: { ...panels, learned }, clock, signal: controller.signal });
  } catch (error) {
    if (controller !== current) return;
    if (controller.signal.aborted) {
      panels.steps.fail("stopped");
      panels.verdict.stopped();
    } else {
      console.error(error);
      // Before the drive was read, a wrong password shows in that its block is absent.
      panels.steps.fail(error.code ?? error.name, /^(login|block)\//.test(error.code) ? "block" : undefined);
      panels.verdict.failed(error);
      panels.connection.set("closed");
      // The session of a failed run is of no use.
      controller.abort();
    }
    panels.pins.failed();
  } finally {
    if (controller === current) {
      panels.folders.end();
      // For tests and for whoever watches from outside: how many runs have ended.
      document.body.dataset.runs = String(Number(document.body.dataset.runs ?? 0) + 1);
      void faults.learned({ folders: panels.folders.folders(), edPublic });
      setRunning(false);
    }
  }
});

$("stop").addEventListener("click", () => {
  current?.abort();
  if (!running) setRunning(false);
});

function credentials() {
  return {
    origin: location.origin,
    username: $("username").value,
    password: $("password").value,
    otp: $("otp").value.trim() || undefined,
    loginSalt: $("salt").value || undefined,
  };
}

function setRunning(now) {
  running = now;
  document.body.dataset.running = String(now);
  $("stop").disabled = !now && (current === null || current.signal.aborted);
  $("stop-text").textContent = now ? "Stop" : "Disconnect";
}

function createConnection() {
  const set = (state, detail) => {
    $("connection").dataset.state = state;
    $("connection-text").textContent = { idle: "not connected", open: "connected", closed: "disconnected" }[state];
    $("connection").title = detail ?? "";
    if (state === "closed" && !running) setRunning(false);
  };
  return { set, reset: () => set("idle") };
}

// The page's own settings.

let explaining = localStorage.getItem("pinfold.explain") === "true";
function explain(on) {
  explaining = on;
  showExplanations(on);
  $("explain").setAttribute("aria-pressed", String(on));
}
explain(explaining);
$("explain").addEventListener("click", () => {
  explain(!explaining);
  localStorage.setItem("pinfold.explain", String(explaining));
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    frames.focusFilter();
  }
});

// A link to this run: the preset faults are in it, others are not.

function permalink() {
  const account = accounts.linked();
  // A folder of an account that the link does not name is no folder of whoever opens it.
  const told = faults.presets().filter(({ channel }) => account !== null || channel === null);
  return `#${toFragment({ account, worker: $("in-worker").checked, unknown: $("give-up-unknown").checked, whole: $("whole-mailbox").checked, patience: $("patience").valueAsNumber, faults: told })}`;
}

$("link").addEventListener("click", async () => {
  history.replaceState(null, "", permalink());
  const copied = await copy(location.href);
  announce(copied ? "Copied the link to this run" : "The browser did not let the link be copied. It is in the address.");
  $("link-text").textContent = copied ? "Copied" : "In the address";
  setTimeout(() => ($("link-text").textContent = "Link"), 1200);
});

/** Fills in the form as the address says, and puts its faults in force at once in the place of all others. No run begins by itself. */
async function fromAddress() {
  const said = fromFragment(location.hash);
  if (said === null) return;
  if (said.account !== null) accounts.choose(said.account);
  for (const [id, on] of [["in-worker", said.worker], ["give-up-unknown", said.unknown], ["whole-mailbox", said.whole]]) $(id).checked = on;
  $("patience").value = String(said.patience);
  await faults.put(said.faults);
}
addEventListener("hashchange", () => void fromAddress());

// What this server offers: accounts to try, and whether it can misbehave.

async function start() {
  const offer = await fetch("demo.json").then((answer) => (answer.ok ? answer.json() : {})).catch(() => ({}));
  accounts = createAccounts({ select: $("account"), username: $("username"), password: $("password"), note: $("account-note"), run: $("run-text") }, offer.accounts ?? []);
  if (offer.faults !== false) await faults.start();
  await fromAddress();
  document.body.dataset.ready = "true";
}
void start();
setRunning(false);
