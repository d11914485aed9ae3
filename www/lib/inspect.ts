// `pinfold/inspect`: what a session does, shown in the page that it runs in. A file of its own, so that whoever never looks does not load
// it. docs/inspecting.md is its guide; the panels are those of the debug page (www/demo/inspector.js).
import { misuse } from "./errors.js";
import { frameListenerOf, type Frame } from "./events.js";
import type { HostElement } from "./host-types.js";
import { createInspector } from "./inspect/inspector.js";
import { css } from "./inspect/style.js";
import type { Delivery, StoredMessage } from "./mailbox.js";
import type { OpenOptions } from "./options.js";
import { Recent, recentOf } from "./recent.js";
import type { Session } from "./session.js";

/** What is kept for an inspector that is not shown yet: as much as its list of frames holds. */
const MOST_FRAMES = 50_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Where the inspector is shown. */
export interface ShowOptions {
  /** Inside this element, as high as it is. Without it at the lower edge of the page. */
  into?: HostElement | undefined;
}

/** Frames, calls, folders, pins, letters and events of one session at a time. It looks and changes nothing; keys are hidden until somebody asks. */
export class Inspector {
  /** What each session that was opened with `options()` told, by its `onFrame`: an opening that fails gives no session, and leaves nothing to be shown. */
  #heard = new WeakMap<object, Recent>();
  readonly #panel = createInspector(css, (session) => {
    const listener = frameListenerOf(session);
    return (listener && this.#heard.get(listener)) ?? recentOf(session);
  });

  /**
   * Options for `Session.open`, or `register`, with which the inspector hears every frame and event from the first on. Yours stay: your
   * `onFrame` and `onEvent` are called as well. Each session has options of its own, and `onFrame` of these has to be given as it is.
   */
  options<Options extends OpenOptions>(options?: Options): Options & OpenOptions {
    const own = options as Options;
    const onFrame = (frame: Frame): void => {
      this.#heard.get(onFrame)?.frame(frame);
      own?.onFrame?.(frame);
    };
    this.#heard.set(onFrame, new Recent(MOST_FRAMES, MOST_CHARACTERS));
    return {
      ...own,
      onFrame,
      onEvent: (event) => {
        this.#heard.get(onFrame)?.event(event);
        own?.onEvent?.(event);
      },
    };
  }

  /**
   * Shows this session. One that was opened without `options()` has the frames and events that it kept (`keepRecent`) and those from now on;
   * without that no frames and calls, and its events from now on. A session that was shown before, and its letters, make way for it.
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
    this.#heard = new WeakMap();
    this.#panel.close();
  }
}

/** An inspector, which shows nothing yet. Throws `misuse/bad-argument` where there is no page. */
export function inspector(): Inspector {
  if (!("document" in globalThis)) throw misuse("misuse/bad-argument", "an inspector needs a page to be shown in", { argument: "document" });
  return new Inspector();
}
