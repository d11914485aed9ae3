// What www/lib/inspect.ts takes from www/demo/inspector.js, which stands beside it as inspect/inspector.js in the package.
import type { StoredMessage } from "../mailbox.js";
import type { recentOf } from "../recent.js";
import type { Session } from "../session.js";

export function createInspector(css: string, recent: typeof recentOf): {
  show(session: Session, into: object | null): void;
  hide(): void;
  readonly shown: boolean;
  letter(message: StoredMessage): void;
  close(): void;
};
