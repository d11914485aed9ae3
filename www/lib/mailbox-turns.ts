import type { MailboxBackend } from "./backend.js";
import type { Signal } from "./host-types.js";
import { Turns } from "./turns.js";

/** Each mailbox has one reader at a time: the next opens it when the one before has closed it. */
export class MailboxTurns {
  readonly #turns = new Map<string, Turns>();

  /** Opens the mailbox in its turn, which ends when it is freed. Undefined if `ended` came while it waited. */
  async open(name: string, ended: Signal, open: () => Promise<MailboxBackend>): Promise<MailboxBackend | undefined> {
    let turns = this.#turns.get(name);
    if (!turns) this.#turns.set(name, (turns = new Turns()));
    if (ended.aborted) return undefined;
    let end: () => void;
    try {
      end = await turns.begin(ended);
    } catch {
      return undefined;
    }
    try {
      const mailbox = await open();
      const free = mailbox.free.bind(mailbox);
      mailbox.free = () => {
        free();
        end();
      };
      return mailbox;
    } catch (error) {
      end();
      throw error;
    }
  }
}
