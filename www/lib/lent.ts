interface Closable {
  close(): void;
}

/**
 * What a session has handed out and what holds keys, titles or ids: it ends with the session at the latest. The application's
 * variables decide how long each lives before that, so it is only known weakly here.
 */
export class Lent {
  #things = new Set<WeakRef<Closable>>();

  add(thing: Closable): void {
    for (const known of this.#things) if (known.deref() === undefined) this.#things.delete(known);
    this.#things.add(new WeakRef(thing));
  }

  close(): void {
    for (const thing of this.#things) thing.deref()?.close();
    this.#things.clear();
  }
}
