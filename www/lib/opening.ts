// How a session comes about: the options are looked at, the keys derived, the log-in block opened, here or in a worker.
import { defined } from "./arguments.js";
import type { SessionBackend } from "./backend.js";
import { call } from "./call.js";
import { checkOpenOptions } from "./checked.js";
import { plainCredentials, type AnonymousDrive, type SessionCredentials } from "./credentials.js";
import { misuse, withAddress } from "./errors.js";
import { Listeners } from "./events.js";
import { LocalSession } from "./local.js";
import type { Engine, OpenOptions } from "./options.js";
import { checkedPolicy } from "./policy.js";
import { Reach } from "./reach.js";
import { openRemote } from "./remote.js";
import { StateKeeper } from "./state.js";
import { browserStore } from "./store.js";

/** What a session is made of. */
export type Parts = [backend: SessionBackend, listeners: Listeners, realm: object, keeper: StateKeeper, origin: string];

/** Opens what `make` makes a session of. Where that fails, nothing stays open. */
export async function opened<T>(
  credentials: SessionCredentials | AnonymousDrive, given: OpenOptions, register: boolean, engine: Engine, make: (...parts: Parts) => T,
): Promise<T> {
  const options = checkOpenOptions(given);
  const { signal, worker, webSocket, clock, pause } = options;
  const policy = checkedPolicy(options.policy);
  if (worker && (webSocket ?? options.fetch ?? clock ?? options.store)) {
    throw misuse("misuse/bad-argument", "webSocket, fetch, clock and store cannot be sent to a worker", { argument: "worker" });
  }
  if (!worker) engine.requireInit();
  const plain = plainCredentials(credentials);
  const listeners = new Listeners(options.onFrame, options.keepRecent);
  const keeper = new StateKeeper(listeners);
  listeners.add(options.onEvent);
  listeners.addProgress(options.onProgress);
  const here = (reach: Reach) => {
    const store = options.store === null ? undefined : (options.store ?? browserStore());
    const own = defined({ webSocket, fetch: reach.fetch, clock, store, signal, register: register || undefined, onFrame: listeners.frame });
    return LocalSession.open(plain, own, listeners, engine, pause);
  };
  const reach = worker ? undefined : new Reach(options.fetch);
  const backend = await call<SessionBackend>(signal, () =>
    reach ? here(reach) : openRemote(worker!, plain, { store: options.store !== null, register, pause }, listeners, signal),
  ).catch((error: unknown) => {
    throw withAddress(error, plain.origin, (url) => reach?.failureAt(url));
  });
  try {
    if (policy) await call(undefined, () => backend.call("setPolicy", [policy]));
    return make(backend, listeners, worker ?? engine, keeper, plain.origin);
  } catch (error) {
    // Nobody has it who could close it.
    await call(undefined, () => backend.close()).finally(() => backend.free());
    throw error;
  }
}
