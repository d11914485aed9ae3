// The message whose turn it is and that waits for what it names: a row of the inbox, in its place, with what it waits
// for, how long at most, and how many wait behind it. Nothing can be done with it: what it says was not shown yet.
import { h, icon, short } from "./dom.js";
import { channelFact } from "./letter.js";
import { redraw, say } from "./redraw.js";
import { isUnderWay } from "./words.js";

const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/**
 * `position` is its place among the messages. `behind()` says how many are known to wait behind it, `titleOf` names a
 * channel where the page knows its title, `folders()` are the shared folders as they stand.
 */
export function createWaiting(position, { behind, titleOf, folders }) {
  const item = { state: "waiting", words: "", hash: "", row, set, end };
  let held = null;
  let paint = () => {}; // of the row that was made last

  /** What the session says of it now. */
  function set(now) {
    held = now;
    item.hash = now.hash;
    item.words = reason().title.toLowerCase();
    paint();
  }

  /** It came. */
  function end() {
    paint = () => {};
  }

  const left = () => Math.max(0, Math.ceil((held.until - Date.now()) / 1000));

  /** What it waits for, in a few words and in a sentence. A document may stand in any folder, so that all of them count. */
  function reason() {
    const loading = folders().filter(({ state }) => isUnderWay(state));
    const mine = loading.filter(({ channel }) => held.channels.includes(channel));
    const title = `waits for ${list(mine.length ? mine : loading) || "a new shared folder"}`;
    if (mine.length) return { title, text: `The message names ${mine.length === 1 ? "the shared folder" : "the shared folders"} ${list(mine)}, still loading.` };
    const ids = [...held.channels, ...held.teams].map((id) => titleOf(id) ?? short(id, 8)).join(" and ");
    if (loading.length) return { title, text: `The message names ${ids} and waits until every shared folder is there; still loading: ${list(loading)}.` };
    return { title, text: `The message names ${ids}, and the drive has a shared folder more by now than when it was loaded: run again to load it.` };
  }

  function row() {
    const what = h("span", { class: "letter-what" });
    const others = h("span", { class: "letter-author" });
    const time = h("span", { class: "letter-time num" });
    const words = h("p");
    const facts = h("dl", { class: "facts" });
    const mine = (paint = () => {
      const waiting = behind();
      const until = clockTime.format(held.until);
      element.dataset.hash = held.hash;
      const { title, text } = reason();
      const those = waiting > 1 ? `the ${waiting.toLocaleString("en")} new messages behind it wait` : waiting ? "the new message behind it waits" : "whatever comes behind it waits";
      say(what, title);
      say(others, waiting ? `${waiting.toLocaleString("en")} more behind it` : "");
      say(time, `${left()} s left`);
      say(words, `${text} Messages come in the order of the server's log, so ${those} with it. At ${until} at the latest it is shown, marked “unresolved”, and the others follow.`);
      const other = (name, value) => [h("dt", {}, name), h("dd", {}, h("code", {}, value))];
      redraw(facts, held.channels.map((id) => channelFact(id, { titleOf, folders })), held.teams.map((id) => other("team", id)), other("hash", held.hash));
    });
    const element = h("li", { data: { state: item.state } }, h("details", {},
      h("summary", {}, icon("chevron"), h("span", { class: "letter-position num" }, position.toLocaleString("en")),
        h("span", { class: "letter-type" }, "Next message", what), others, time,
        h("span", { class: "letter-state" }, icon("clock"), h("span", {}, "waiting"))),
      h("div", { class: "letter-detail" }, words, facts)));
    paint();
    tick();
    return element;

    /** The seconds that are left, and what becomes of the folders meanwhile. */
    function tick() {
      const rest = (held.until - Date.now()) % 1000;
      setTimeout(() => {
        if (paint !== mine) return;
        paint();
        tick();
      }, rest > 0 ? rest : 1000);
    }
  }

  return item;
}

/** The titles of folders. */
function list(folders) {
  const titles = folders.map(({ title }) => (title ? `“${title}”` : "an untitled folder"));
  return titles.length > 3 ? `${titles.slice(0, 2).join(", ")} and ${titles.length - 2} more` : titles.join(" and ");
}
