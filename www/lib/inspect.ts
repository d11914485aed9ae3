// `pinfold/inspect`: what a session does, shown in the page that it runs in. A file of its own, so that whoever never looks does not load
// it. docs/inspecting.md is its guide; the panels are those of the debug page (www/demo/inspector.js).
import { misuse } from "./errors.js";
import type { HostElement } from "./host-types.js";
import { createInspector } from "./inspect/inspector.js";
import { css } from "./inspect/style.js";
import type { Delivery, StoredMessage } from "./mailbox.js";
import type { OpenOptions } from "./options.js";
import { recentOf } from "./recent.js";
import type { Session } from "./session.js";

/** Where the inspector is shown. */
export interface ShowOptions {
  /** Inside this element, as high as it is. Without it at the lower edge of the page. */
  into?: HostElement | undefined;
}

/** Frames, calls, folders, pins, letters and events of one session. It looks and changes nothing; keys are hidden until somebody asks. */
export class Inspector {
  readonly #panel = createInspector(css, recentOf);

  /**
   * Options for `Session.open`, or `register`, with which the inspector hears every frame and event from the first on. Yours stay: its
   * `onFrame` and `onEvent` are called as well. One inspector is for one session.
   */
  options<Options extends OpenOptions>(options?: Options): Options & OpenOptions {
    const { onFrame, onEvent } = this.#panel.listeners();
    const own = options as Options;
    return {
      ...own,
      onFrame: (frame) => {
        onFrame(frame);
        own?.onFrame?.(frame);
      },
      onEvent: (event) => {
        onEvent(event);
        own?.onEvent?.(event);
      },
    };
  }

  /**
   * Shows this session. One that was opened without `options()` has the frames and events that it kept (`keepRecent`) and those from now on;
   * without that no frames and calls, and its events from now on.
   */
  show(session: Session, { into }: ShowOptions = {}): void {
    this.#panel.show(session, into ?? null);
  }

  /** Takes it out of the page. It goes on listening, and `show` brings it back. */
  hide(): void {
    this.#panel.hide();
  }

  /** Whether it is in the page. */
  get shown(): boolean {
    return this.#panel.shown;
  }

  /** Shows a letter that your program read. It stays yours: the inspector keeps a copy of what it says. */
  letter(letter: Delivery | StoredMessage): void {
    this.#panel.letter(letter);
  }

  /** Takes it out of the page and forgets what it heard. The session goes on. */
  close(): void {
    this.#panel.close();
  }
}

/** An inspector, which shows nothing yet. Throws `misuse/bad-argument` where there is no page. */
export function inspector(): Inspector {
  if (!("document" in globalThis)) throw misuse("misuse/bad-argument", "an inspector needs a page to be shown in", { argument: "document" });
  return new Inspector();
}
