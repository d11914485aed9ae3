// What a session keeps of its frames and events for an inspector that is opened later: the newest, when it was asked to.
import { misuse } from "./errors.js";
import type { Frame, SessionEvent } from "./events.js";
import { notify, type Listener } from "./notify.js";

/** However many frames are asked for: no more of their text than this, in characters. */
const MOST_TEXT = 16 * 1024 * 1024;
/** However many are asked for. */
const MOST = 100_000;

/** When something came: `performance.now()` of that moment, and its place among all. Browsers make the time coarse, so the place alone tells the order. */
interface Place {
  readonly at: number;
  readonly number: number;
}

/** A frame or an event that came. */
export type Told = Place & ({ readonly frame: Frame } | { readonly event: SessionEvent });

/** The newest of one kind. */
class Ring<T> {
  readonly #all = new Map<number, T>();
  #next = 0;
  #first = 0;

  add(one: T): void {
    this.#all.set(this.#next++, one);
  }

  /** Takes the oldest out. */
  shift(): T | undefined {
    const one = this.#all.get(this.#first);
    this.#all.delete(this.#first++);
    return one;
  }

  get size(): number {
    return this.#all.size;
  }

  /** How many were taken out. */
  get gone(): number {
    return this.#first;
  }

  values(): Iterable<T> {
    return this.#all.values();
  }
}

/** The newest frames and events of a session, as many of each as were asked for. */
export class Recent {
  /** The clock of what it keeps. */
  readonly began = performance.now();
  readonly #most: number;
  readonly #mostText: number;
  readonly #frames = new Ring<Told & { frame: Frame }>();
  readonly #events = new Ring<Told>();
  #text = 0;
  #told = 0;
  readonly #listeners = new Set<Listener<Told>>();

  /** Undefined where none are asked for. Throws `misuse/bad-argument` for what is no number of frames. */
  static of(count: number | undefined): Recent | undefined {
    if (count === undefined || count === 0) return undefined;
    if (!Number.isInteger(count) || count < 0 || count > MOST) throw misuse("misuse/bad-argument", `keepRecent is a whole number up to ${MOST}`, { argument: "keepRecent" });
    return new Recent(count);
  }

  /** Keeps `most` frames and as many events, and of the frames no more than `mostText` characters. */
  constructor(most: number, mostText = MOST_TEXT) {
    [this.#most, this.#mostText] = [most, mostText];
  }

  #place(): Place {
    return { at: performance.now(), number: (this.#told += 1) };
  }

  frame(frame: Frame): void {
    const told = { ...this.#place(), frame };
    this.#frames.add(told);
    this.#text += frame.text.length;
    while (this.#frames.size > this.#most || this.#text > this.#mostText) this.#text -= this.#frames.shift()!.frame.text.length;
    for (const listener of this.#listeners) notify(listener, told);
  }

  event(event: SessionEvent): void {
    const told = { ...this.#place(), event };
    this.#events.add(told);
    if (this.#events.size > this.#most) this.#events.shift();
    for (const listener of this.#listeners) notify(listener, told);
  }

  /** Hears what comes from now on, until the function that it returns is called. */
  listen(listener: Listener<Told>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** How many frames came before those that are kept. */
  get missed(): number {
    return this.#frames.gone;
  }

  /** How many events did. */
  get missedEvents(): number {
    return this.#events.gone;
  }

  /** All that is kept, in the order in which it came. */
  get all(): readonly Told[] {
    return [...this.#frames.values(), ...this.#events.values()].sort((one, other) => one.number - other.number);
  }
}

const kept = new WeakMap<object, Recent>();

/** What this session keeps; undefined where it was not asked to. */
export const recentOf = (session: object): Recent | undefined => kept.get(session);

/** This is what the session keeps. */
export function keptBy(session: object, recent: Recent): void {
  kept.set(session, recent);
}
