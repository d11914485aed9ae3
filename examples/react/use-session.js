// A session as a hook: `session` while somebody is logged in, otherwise `error` where it failed.
// In StrictMode React runs every effect twice: the first session is given up before it has opened, or closed.
import { init, Session } from "pinfold";
import { useEffect, useState, useSyncExternalStore } from "react";

const NOBODY = Object.freeze({ online: false, nextTry: null, closed: true, safeToClose: true, drive: null });
const nothing = () => {};

/** `credentials`: `{ origin, username, password }`, or null for nobody. */
export function useSession(credentials) {
  const [session, setSession] = useState(null);
  const [error, setError] = useState(null);

  useEffect(() => {
    setError(null);
    if (!credentials) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    let opened;
    (async () => {
      await init();
      opened = await Session.open(credentials, { signal });
      if (signal.aborted) return opened.close();
      let ended = null;
      opened.on("ended", (event) => { ended = event; }); // by itself: it ends the loop below as well
      setSession(opened);
      // The newest drive is in the state; it is pinned as it comes.
      for await (const { drive } of opened.changes({ signal })) await pin(opened, drive, signal);
      if (ended) throw ended;
    })().catch((reason) => {
      if (signal.aborted) return;
      // Nobody is logged in any more: the program shows the error and asks again.
      setSession(null);
      setError(reason);
      void opened?.close();
    });
    return () => {
      controller.abort();
      setSession(null);
      void opened?.close();
    };
  }, [credentials]);

  const state = useSyncExternalStore((changed) => session?.on("state", changed) ?? nothing, () => session?.state ?? NOBODY, () => NOBODY);
  return { session, state, error };
}

/** A connection that is lost meanwhile ends the call, and is made anew by itself. So the call is made again, and nobody is logged out. */
async function pin(session, drive, signal) {
  for (let wait = 3_000; ; wait = Math.min(2 * wait, 60_000)) {
    try {
      return await (drive.kind === "complete" ? session.syncPins(drive.pinSet(), { signal }) : session.addPins(drive, { signal }));
    } catch (error) {
      if (signal.aborted || (error.retry !== "now" && error.retry !== "later")) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
