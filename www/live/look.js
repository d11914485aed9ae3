// How a live example looks. The colours are VitePress's own, by the names of its properties, which reach into a shadow: so light and dark
// come by themselves.

const PLAY = '<svg class="play" viewBox="0 0 16 16" aria-hidden="true"><path d="M4.5 2.6v10.8a.6.6 0 0 0 .92.5l8.3-5.4a.6.6 0 0 0 0-1L5.42 2.1a.6.6 0 0 0-.92.5Z"/></svg>';
const STOP = '<svg class="stop" viewBox="0 0 16 16" aria-hidden="true"><rect x="3.5" y="3.5" width="9" height="9" rx="1.5"/></svg>';

export const TEMPLATE = `
<section class="frame" aria-label="Live example">
  <div data-part="code"><slot></slot></div>
  <textarea data-part="editor" aria-label="Code of this example" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" hidden></textarea>
  <div class="bar">
    <button data-part="run" data-does="Run" class="run" type="button">${PLAY}${STOP}<span data-part="verb">Run</span></button>
    <button data-part="edit" type="button">Edit</button>
    <button data-part="reset" type="button" hidden>Reset</button>
    <span class="where">Runs in your browser</span>
  </div>
  <div class="output">
    <p class="title" data-part="title">It prints</p>
    <div class="lines promised" data-part="prints"></div>
    <div class="lines" data-part="lines" role="log" aria-live="polite" aria-label="What it printed" tabindex="0"></div>
    <p class="status" data-part="status" role="status"></p>
  </div>
</section>`;

export const STYLE = `
/* The name of the language is too pale to be read, where VitePress leaves it as it is. */
:host { display: block; margin: 16px -24px; --vp-code-lang-color: var(--vp-c-text-2); }
[hidden] { display: none !important; }
.frame { overflow: hidden; border-block: 1px solid var(--vp-c-divider); background: var(--vp-code-block-bg); }
@media (min-width: 640px) {
  :host { margin-inline: 0; }
  .frame { border: 1px solid var(--vp-c-divider); border-radius: 10px; }
}

/* The blocks are the page's; here they lose the margins that they have when they stand alone. */
::slotted(*) { margin: 0 !important; border-radius: 0 !important; }

textarea {
  display: block; box-sizing: border-box; width: 100%; padding: 20px 24px; border: 0; resize: none; overflow: auto hidden; tab-size: 2;
  font: var(--vp-code-font-size, 0.875em)/var(--vp-code-line-height, 1.7) var(--vp-font-family-mono); white-space: pre;
  color: var(--vp-c-text-1); background: transparent; caret-color: var(--vp-c-brand-1);
}
textarea:focus { outline: 2px solid var(--vp-c-brand-1); outline-offset: -2px; }
/* A phone enlarges the page around a field whose letters are smaller. */
@media (pointer: coarse) { textarea { font-size: 16px; } }

.bar {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 24px;
  border-block: 1px solid var(--vp-c-divider); background: var(--vp-c-bg-soft);
}
button {
  display: inline-flex; align-items: center; gap: 7px; min-height: 36px; padding: 0 14px; border: 1px solid var(--vp-c-divider); border-radius: 18px;
  font: 600 14px/1 var(--vp-font-family-base); color: var(--vp-c-text-1); background: var(--vp-c-bg); cursor: pointer;
  transition: border-color 0.2s, background-color 0.2s;
}
button:hover { border-color: var(--vp-c-brand-1); }
button:focus-visible { outline: 2px solid var(--vp-c-brand-1); outline-offset: 2px; }
.run { min-width: 88px; justify-content: center; border-color: transparent; color: var(--vp-c-bg); background: var(--vp-c-brand-1); }
.run:hover { border-color: transparent; background: color-mix(in srgb, var(--vp-c-brand-1) 85%, var(--vp-c-text-1)); }
.run[data-does="Stop"] { color: var(--vp-c-text-1); background: var(--vp-c-default-1); }
svg { width: 14px; height: 14px; fill: currentColor; }
.run[data-does="Run"] .stop, .run[data-does="Stop"] .play { display: none; }
.where { margin-inline-start: auto; font-size: 13px; color: var(--vp-c-text-2); }

.output { padding: 14px 0 12px; }
p { margin: 0; padding: 0 24px; font-size: 13px; line-height: 20px; color: var(--vp-c-text-2); }
.title { font-weight: 600; }
.status::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 8px; border-radius: 50%; background: var(--vp-c-text-3); }
.status:empty::before { display: none; }
.status[data-ended="done"]::before { background: var(--vp-c-green-2); }
.status[data-ended="failed"]::before, .status[data-ended="absent"]::before { background: var(--vp-c-red-2); }
.lines {
  max-height: 26em; padding: 8px 24px; overflow: auto; font: var(--vp-code-font-size, 0.875em)/1.7 var(--vp-font-family-mono);
  white-space: pre-wrap; overflow-wrap: anywhere; color: var(--vp-c-text-1);
}
.promised { max-height: none; color: var(--vp-c-text-2); }
.lines:empty { display: none; }
.lines:focus-visible { outline: 2px solid var(--vp-c-brand-1); outline-offset: -2px; }
.warn { color: var(--vp-c-yellow-1); }
.error { color: var(--vp-c-red-1); }
.lines > div:empty::before { content: " "; }
`;
