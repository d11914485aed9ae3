// What a person presses, selects and drags in lists that go on while they do it. A row that is made anew, or that moves away, between the
// press and the release of the button gets no click.
import assert from "node:assert/strict";
import { test } from "node:test";
import { serveAccount, openPage } from "../packaging/support.mjs";
import { closed, makeItGoWrong, openDemo, press, runJob, site } from "./support.mjs";

/** The panels of the debug page without a session: `feed(n)` brings so many frames, questions and answers by turns; `drawn()` is after two paints. */
async function openFrames(t) {
  const opened = await openPage(t, `${await serveAccount(t, site)}/`, { viewport: { width: 1280, height: 900 } });
  await opened.page.locator("body[data-ready=true]").waitFor();
  await opened.page.evaluate(async () => {
    const { createFrames } = await import("/frames.js");
    const root = document.createElement("section");
    Object.assign(root, { id: "fed", className: "panel frames" });
    root.style.cssText = "position: fixed; inset: 0; z-index: 9; height: 800px";
    document.body.append(root);
    const frames = createFrames(root);
    let told = 0;
    globalThis.drawn = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))); });
    globalThis.feed = async (count) => {
      for (let n = 0; n < count; n += 1) {
        const [at, call] = [(told += 1) * 3, told >> 1];
        if (told % 2 === 0) frames.add({ direction: "out", text: JSON.stringify([call, "MSG", "0123456789abcdef", JSON.stringify(["GET_HISTORY", `${"ab".repeat(16)}`, {}])]) }, at);
        else frames.add({ direction: "in", text: JSON.stringify([call, "ACK"]) }, at);
      }
      await globalThis.drawn();
    };
  });
  const middle = async (row) => {
    const { x, y, width, height } = await row.boundingBox();
    await opened.page.mouse.move(x + width / 2, y + height / 2);
  };
  /** Presses on a row, lets `meanwhile` happen, and releases. */
  const pressOn = async (row, meanwhile) => {
    await middle(row);
    await opened.page.mouse.down();
    await meanwhile();
    await opened.page.mouse.up();
    await opened.page.evaluate(() => globalThis.drawn());
  };
  const stream = async () => {
    for (let paints = 0; paints < 5; paints += 1) await opened.page.evaluate(() => globalThis.feed(7));
  };
  return { ...opened, pressOn, stream, fed: opened.page.locator("#fed") };
}

const chosen = (fed) => fed.locator("[aria-selected=true]").evaluateAll((rows) => rows.map(({ id }) => id));

test("a row that is pressed while frames arrive is chosen, at the end of the list and before it", async (t) => {
  const { page, pressOn, stream, fed } = await openFrames(t);
  await page.evaluate(() => globalThis.feed(400));
  const list = fed.getByRole("listbox", { name: "Frames" });
  // The list follows its end, and must not move under the hand.
  await pressOn(fed.locator("#frame-395"), stream);
  assert.deepEqual(await chosen(fed), ["frame-395"]);
  await list.press("Escape");
  await list.evaluate((element) => { element.scrollTop = 2600; });
  await page.evaluate(() => globalThis.drawn());
  await pressOn(fed.locator("#frame-108"), stream);
  assert.deepEqual(await chosen(fed), ["frame-108"]);
  // Whoever presses nothing sees the newest.
  await list.press("Escape");
  await list.evaluate((element) => { element.scrollTop = element.scrollHeight; });
  await page.evaluate(() => globalThis.drawn());
  await stream();
  assert.ok(await list.evaluate((element) => element.scrollTop + element.clientHeight >= element.scrollHeight - 1));
});

test("a call that is pressed while its bar grows is chosen, and a part of the time that is dragged over stays marked", async (t) => {
  const { page, pressOn, stream, fed } = await openFrames(t);
  await page.evaluate(() => globalThis.feed(41));
  await fed.getByRole("button", { name: "Calls", exact: true }).click();
  await pressOn(fed.locator(".frame.call .call-track > span").last(), stream);
  assert.equal((await chosen(fed)).length, 1);
  await fed.getByRole("listbox", { name: "Calls" }).press("Escape");
  const { x, y, width } = await fed.locator(".calls-axis").boundingBox();
  await page.mouse.move(x + width * 0.2, y + 10);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + 10);
  const scale = () => fed.locator(".calls-axis .num").allTextContents();
  const before = await scale();
  await stream();
  await page.mouse.move(x + width * 0.6, y + 10);
  assert.equal(await fed.locator(".calls-marked").count(), 1);
  assert.deepEqual(await scale(), before, "the clock stands still under the hand");
  await page.mouse.up();
  assert.equal(await fed.locator(".calls").getAttribute("data-zoomed"), "true");
  assert.equal(await fed.locator(".calls-marked").count(), 0);
});

test("rows in sight keep their nodes, and with them what is selected in them", async (t) => {
  const { page, stream, fed } = await openFrames(t);
  await page.evaluate(() => globalThis.feed(100));
  // Not at the end: there the list goes on.
  await fed.getByRole("listbox", { name: "Frames" }).evaluate((list) => { list.scrollTop = 0; });
  await page.evaluate(() => globalThis.drawn());
  const select = () => page.evaluate(() => {
    const [row] = document.querySelectorAll("#fed #frame-3");
    globalThis.kept = row;
    getSelection().selectAllChildren(row.querySelector(".frame-name"));
    return String(getSelection());
  });
  const text = await select();
  assert.ok(text.length > 0);
  await stream();
  assert.equal(await page.evaluate(() => String(getSelection())), text);
  assert.equal(await page.evaluate(() => globalThis.kept === document.querySelector("#fed #frame-3")), true);
  // What a row says changes in it, and what is chosen.
  await fed.locator("#frame-3").click();
  assert.equal(await page.evaluate(() => globalThis.kept.getAttribute("aria-selected")), "true");
});

test("what is in sight stays in its place when the oldest go", async (t) => {
  const { page } = await openFrames(t);
  const seen = await page.evaluate(async () => {
    const { createListbox } = await import("/listbox.js");
    const list = createListbox("Numbers", { make: (n) => Object.assign(document.createElement("div"), { className: "frame", textContent: n }), idOf: (n) => `n-${n}`, choose: () => {} });
    list.element.style.cssText = "position: fixed; inset: 0; height: 300px; z-index: 10";
    document.body.append(list.element);
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    list.show(numbers, null);
    list.element.scrollTop = 500 * 26 + 3;
    await globalThis.drawn();
    const top = () => document.querySelector("#n-500").getBoundingClientRect().top;
    const before = top();
    list.show(numbers.slice(250), null);
    return [before, top()];
  });
  assert.equal(seen[0], seen[1]);
});

test("a letter is opened while others come below it", async (t) => {
  const { page, pressOn } = await openFrames(t);
  await page.evaluate(async () => {
    const { createRows } = await import("/rows.js");
    const list = Object.assign(document.createElement("ol"), { className: "letters" });
    list.style.cssText = "position: fixed; inset: 0; height: 300px; max-height: none; overflow: auto; background: white; z-index: 10";
    document.body.append(list);
    const show = createRows(list, {
      make: (n) => {
        const row = document.createElement("li");
        row.innerHTML = `<details><summary>letter ${n}</summary></details>`;
        return row;
      },
    });
    const letters = Array.from({ length: 100 }, (_, n) => n);
    globalThis.deliver = async () => {
      letters.push(letters.length);
      show([...letters], { follow: true });
      await globalThis.drawn();
    };
    show(letters);
    list.scrollTop = list.scrollHeight;
    await globalThis.drawn();
  });
  const letter = page.locator(".letters > li", { hasText: "letter 97" });
  await pressOn(letter.locator("summary"), async () => {
    for (let n = 0; n < 5; n += 1) await page.evaluate(() => globalThis.deliver());
  });
  assert.equal(await letter.locator("details").getAttribute("open"), "");
});

test("what is drawn anew by itself keeps its nodes and the selected text; a button hears what it now stands for", async (t) => {
  const { page } = await openFrames(t);
  const seen = await page.evaluate(async () => {
    const [{ redraw }, { h, icon }] = await Promise.all([import("/redraw.js"), import("/dom.js")]);
    const box = h("div");
    document.body.append(box);
    const pressed = [];
    const draw = (n) => redraw(box, icon(n ? "check" : "busy"), h("code", { data: { n } }, "a key to be copied"), [h("span", {}, `${n} s left`), null, h("button", { on: { click: () => pressed.push(n) } }, "press")]);
    draw(0);
    const before = [...box.children];
    getSelection().selectAllChildren(box.querySelector("code"));
    draw(1);
    box.querySelector("button").click();
    const is = { selected: String(getSelection()), kept: before.map((node, at) => node === box.children[at]), text: box.textContent, n: box.children[1].dataset.n, icon: box.firstChild.getAttribute("class"), pressed };
    redraw(box, "less");
    return { ...is, less: box.innerHTML };
  });
  assert.deepEqual(seen, { selected: "a key to be copied", kept: [true, true, true, false], text: "a key to be copied1 s leftpress", n: "1", icon: "icon icon-check", pressed: [1], less: "less" });
});

test("a folder is opened while its bar grows", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  await makeItGoWrong(page, "never answers", closed.channel);
  await press(page, "Run");
  const row = page.locator(`.folder-row[data-id="${closed.id}"]`);
  const bar = row.locator(".track .segment-opening");
  await bar.waitFor();
  const { x, y, height } = await bar.boundingBox();
  await page.mouse.move(x + 3, y + height / 2);
  await page.mouse.down();
  await page.waitForTimeout(300);
  await page.mouse.up();
  assert.equal(await row.getAttribute("open"), "");
  await press(page, "Stop");
});

test("a fault is taken back while the server answers about another one", async (t) => {
  const { page } = await openDemo(t);
  await makeItGoWrong(page, "lost session");
  const remove = page.getByRole("button", { name: "Remove: lost session" });
  const { x, y } = await remove.boundingBox();
  await page.mouse.move(x + 5, y + 5);
  await page.mouse.down();
  await page.getByRole("button", { name: "cut at RESET", exact: true }).evaluate((chip) => chip.click());
  await page.locator(".fault-list li", { hasText: "cut at RESET" }).waitFor();
  await page.mouse.up();
  await remove.waitFor({ state: "detached" });
  assert.equal(await page.locator(".fault-list li", { hasText: "cut at RESET" }).count(), 1);
});
