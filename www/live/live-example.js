// `<live-example>`: a block of code of a document, with what it prints, that the reader can run and change. It stands around the two blocks
// as VitePress draws them; where no script runs, they are all there is. Of the second only the text is taken. Everything else is in its shadow, so that Vue, which owns the
// page, never meets a node that it did not make. Nothing of the package is loaded before somebody presses Run.
import { STYLE, TEMPLATE } from "./look.js";

const ENDED = {
  done: (took) => `Done in ${took}.`,
  failed: (took) => `It ended with an error after ${took}.`,
  long: () => "Stopped: it printed more than a thousand lines.",
  stopped: () => "Stopped.",
  absent: () => "The package could not be loaded. Is there a connection?",
};

const inWords = (ms) => (ms < 950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

class LiveExample extends HTMLElement {
  #worker;
  #began = 0;
  #printed = [];
  #part = {};

  connectedCallback() {
    if (this.shadowRoot) return;
    const shadow = this.attachShadow({ mode: "open" });
    shadow.innerHTML = `<style>${STYLE}</style>${TEMPLATE}`;
    for (const part of shadow.querySelectorAll("[data-part]")) this.#part[part.dataset.part] = part;
    const { run, edit, reset, editor, prints } = this.#part;
    prints.textContent = this.#promised();
    run.addEventListener("click", () => (this.#worker ? this.#end("stopped") : this.#run()));
    edit.addEventListener("click", () => this.#edit());
    reset.addEventListener("click", () => this.#reset());
    editor.addEventListener("input", () => this.#fit());
    editor.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!this.#worker) this.#run();
    });
  }

  /** The reader went to another page. */
  disconnectedCallback() {
    if (this.#worker) this.#end("stopped");
  }

  /** As the document has it. */
  #original() {
    return this.querySelector(":scope > div:not([slot]) pre code").textContent.trimEnd();
  }

  #isEdited() {
    const { editor } = this.#part;
    return !editor.hidden && editor.value.trimEnd() !== this.#original();
  }

  #edit() {
    const { code, editor, edit, reset } = this.#part;
    editor.value = this.#original();
    editor.hidden = reset.hidden = false;
    code.hidden = edit.hidden = true;
    this.#fit();
    editor.focus({ preventScroll: true });
    editor.setSelectionRange(0, 0);
  }

  /** The document's code and what it prints, as they were. */
  #reset() {
    if (this.#worker) this.#end("stopped");
    const { code, editor, edit, reset, prints, lines, status, title } = this.#part;
    editor.hidden = reset.hidden = true;
    code.hidden = edit.hidden = prints.hidden = false;
    lines.replaceChildren();
    status.textContent = "";
    delete status.dataset.ended;
    title.textContent = "It prints";
    edit.focus({ preventScroll: true });
  }

  /** The field is as high as its text: only one thing scrolls up and down, the page. */
  #fit() {
    const { editor } = this.#part;
    editor.rows = editor.value.split("\n").length;
  }

  #run() {
    const { editor, prints, lines, status, title } = this.#part;
    const code = editor.hidden ? this.#original() : editor.value;
    this.#printed = [];
    lines.replaceChildren();
    prints.hidden = true;
    title.textContent = "It printed";
    status.textContent = "Running …";
    delete status.dataset.ended;
    this.#began = performance.now();
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker = worker;
    this.#button("Stop");
    worker.addEventListener("message", ({ data }) => {
      if (worker !== this.#worker) return;
      if (data.ended) this.#end(data.ended);
      else this.#print(data);
    });
    // What the code throws is told by a message. This is a file of the worker that did not come.
    worker.addEventListener("error", () => worker === this.#worker && this.#end("absent"));
    worker.postMessage(code);
  }

  #print({ line, level }) {
    this.#printed.push(line);
    const shown = document.createElement("div");
    shown.className = level;
    shown.textContent = line;
    this.#part.lines.append(shown);
  }

  #end(how) {
    this.#worker.terminate();
    this.#worker = undefined;
    this.#button("Run");
    const { status } = this.#part;
    const same = how === "done" && !this.#isEdited() && this.#printed.join("\n") === this.#promised();
    status.textContent = ENDED[how](inWords(performance.now() - this.#began)) + (same ? " The same lines as in the text." : "");
    status.dataset.ended = how;
  }

  /** What the document says that the code prints. */
  #promised() {
    return this.querySelector(":scope > [slot=prints] pre code").textContent.trimEnd();
  }

  #button(text) {
    this.#part.run.dataset.does = text;
    this.#part.verb.textContent = text;
  }
}

customElements.define("live-example", LiveExample);
