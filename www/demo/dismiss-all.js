// Dismisses all messages that are shown: asked for twice, in the server's order, some at a time, and it can be stopped.
import { announce, counted, h, icon } from "./dom.js";

const AT_ONCE = 50; // edits of one document: the page is free between two such lots

/** `letters` are those that it is about, in the server's order. */
export function createDismissAll({ letters }) {
  let run = null; // { done, of } while it runs
  let ended = true;
  const button = (...content) => h("button", { type: "button" }, ...content);
  const ask = button(icon("check"), h("span"));
  const really = button("Dismiss them");
  const cancel = button("Keep them");
  const stop = button(icon("stop"), "Stop");
  const question = h("span", { hidden: true }, h("span"), really, cancel);
  const progress = h("span", { hidden: true }, h("span"), stop);
  const element = h("div", { class: "dismiss-all" }, ask, question, progress);

  function draw() {
    const open = run || ended ? [] : letters();
    const count = open.length;
    const unreadable = open.filter(({ state }) => state === "unreadable").length;
    if (count === 0) question.hidden = true;
    ask.hidden = run !== null || count < 2 || !question.hidden;
    ask.lastChild.textContent = `Dismiss ${count.toLocaleString("en")}`;
    question.firstChild.textContent = `Dismiss ${counted(count, "message")}${unreadable ? `, ${unreadable.toLocaleString("en")} of them unreadable` : ""}? That cannot be taken back.`;
    progress.hidden = run === null;
    if (run) progress.firstChild.textContent = `${run.done.toLocaleString("en")} of ${run.of.toLocaleString("en")} dismissed`;
  }

  function answer(open) {
    question.hidden = !open;
    draw();
    (open ? cancel : ask).focus();
  }
  ask.addEventListener("click", () => answer(true));
  cancel.addEventListener("click", () => answer(false));
  stop.addEventListener("click", () => (run = null));
  really.addEventListener("click", async () => {
    const all = letters();
    const mine = (run = { done: 0, of: all.length });
    question.hidden = true;
    for (let at = 0; at < all.length && run === mine; at += AT_ONCE) {
      draw();
      const dismissed = await Promise.all(all.slice(at, at + AT_ONCE).map((letter) => letter.dismiss()));
      mine.done += dismissed.filter(Boolean).length;
      // The reason that stopped one of them stops the others; its row says which reason.
      if (dismissed.includes(false)) break;
    }
    if (run === mine) run = null;
    announce(`${mine.done} of ${counted(mine.of, "message")} dismissed`);
    draw();
  });

  return {
    element,
    draw,
    begin() {
      ended = false;
    },
    /** Nothing can be dismissed any more. */
    end() {
      ended = true;
      run = null;
    },
  };
}
