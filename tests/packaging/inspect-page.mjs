// The page of a stranger's that looks into its own session, for the tests of `pinfold/inspect`.
import { html } from "./project.mjs";
import { PACKAGE, strictPolicy } from "./host.mjs";

/** The strict content security policy that it is served under. */
export const OWN = strictPolicy("stranger");

/** A page with styles of its own, which must not reach the panel. */
export const files = {
  "index.html": html("page.js"),
  "page.js": `
    import * as pinfold from "${PACKAGE}";
    await pinfold.init();
    const { inspector } = await import("./node_modules/pinfold/dist/inspect.js");
    document.documentElement.lang = "en";
    const title = document.createElement("h1");
    title.textContent = "A stranger's page";
    const main = document.createElement("main");
    main.append(title);
    document.body.append(main);
    const heard = { frames: 0, events: 0 };
    globalThis.look = async (account, { worker, late, keepRecent } = {}) => {
      const policy = trustedTypes.createPolicy("stranger", { createScriptURL: (address) => address });
      const seen = inspector();
      const own = { keepRecent, onFrame: () => (heard.frames += 1), onEvent: () => (heard.events += 1) };
      if (worker) own.worker = new Worker(policy.createScriptURL("./node_modules/pinfold/dist/worker.js"), { type: "module" });
      const session = await pinfold.Session.open(account, late ? own : seen.options(own));
      if (!late) seen.show(session);
      const drive = await session.loadDrive();
      await session.addPins(drive);
      if (late) seen.show(session);
      for await (const letter of session.mailbox("notifications", { backlogOnly: true })) seen.letter(letter);
      Object.assign(globalThis, { seen, session, heard });
      return { shown: seen.shown, pins: drive.pinCount };
    };
  `,
};

/** Chooses a view of the panel. */
export const tab = (page, name) => page.getByRole("tab", { name, exact: true }).click();
/** The view of frames and calls. */
export const frames = (page) => page.locator("#frames");
