import { callNow } from "./call.js";
import { misuse } from "./errors.js";
import { disposable } from "./dispose.js";
import { Handle } from "./handle.js";
import type { MaybeDisposable } from "./host-types.js";
import { requireInit } from "./init.js";
import { RawMessageKeys } from "./pinfold.js";

/** `cp|` or `cp|<id>|` in front of a stored checkpoint; outside its signature and its encryption. */
const CHECKPOINT = /^cp\|([A-Za-z0-9+/=]{0,20}\|)?/;

/**
 * The keys of one channel, for programs that bring their own connection and need only the cryptography: opens the
 * messages of a document one by one, in this thread. Needs `init()`, no session.
 *
 * ```ts
 * using keys = MessageKeys.fromHash("/2/pad/edit/0c73FBm4k6Ew0tNzpakvIm8f/");
 * const patch = keys.open(message);
 * ```
 */
export class MessageKeys {
  readonly #handle: Handle<RawMessageKeys>;

  private constructor(raw: RawMessageKeys) {
    this.#handle = new Handle("message keys", raw);
  }

  /**
   * The keys of a document's link: of what stands behind its `#`, with the document's password if it has one.
   *
   * Throws `href/malformed`, `href/no-keys`, `misuse/bad-argument`, or `misuse/closed` before `init()`.
   */
  static fromHash(hash: string, options: { password?: string | undefined } = {}): MessageKeys {
    requireInit();
    if (typeof hash !== "string") throw misuse("misuse/bad-argument", "a hash is text", { argument: "hash" });
    return new MessageKeys(callNow(() => RawMessageKeys.fromHash(hash, options.password)));
  }

  /**
   * The plain text of a message as the server stores it, with or without the prefix of a checkpoint. An edit link also
   * checks the signature, which a view link cannot.
   *
   * Throws `crypto/signature`, `crypto/open`, `crypto/malformed`, `misuse/bad-argument`, or `misuse/closed`.
   */
  open(message: string): string {
    return callNow(() => this.#handle.get().open(typeof message === "string" ? message.replace(CHECKPOINT, "") : message));
  }

  /** Wipes the keys now; a second call does nothing. */
  close(): void {
    this.#handle.release();
  }
}
export interface MessageKeys extends MaybeDisposable {}
disposable(MessageKeys, (keys) => keys.close());
