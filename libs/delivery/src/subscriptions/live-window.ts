// The newest events, read once from the store for all live subscribers together.
//
// A commit says how far the log reaches now; what it holds is then read back from the store, so that a subscriber gets
// what ListEvents lists, whoever stored it. Nothing is read while nobody waits.
import { bodyBytes, everyEvent, type EventStore, isErased, type Limits, type LogEntry } from '@oncelog/core';

/** One read of the store. */
const readEventsMax = 1000;

/** What an entry weighs beside its content. */
const entryOverheadBytes = 300;

/**
 * Subscribers are served together at most so often: every 0.1 ms for each of them, up to 10 ms. Commits may come
 * hundreds of times a second, and each would be a write to each subscriber.
 */
const gatherMsEach = 0.1;
const gatherMsMax = 10;

type LiveLimits = Pick<Limits, 'liveWindowBytesMax'>;

export class LiveWindow {
  readonly #store: EventStore;
  readonly #limits: LiveLimits;
  readonly #stopWatching: () => void;
  readonly #waiting = new Set<() => void>();
  /** By position: everything after `#from` up to `#to`. */
  #entries: LogEntry[] = [];
  #bytes = 0;
  #from = 0;
  #to = 0;
  /** How far the log reaches, as far as is known. */
  #head = 0;
  #reading = false;
  #readAtMs = 0;
  /** How many waited for the last read: those who were quick to come back are not alone for it. */
  #served = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: EventStore, limits: LiveLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#stopWatching = store.watchHead((head) => this.#reach(head));
  }

  /** Somebody waits for what comes next. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0 || this.#reading;
  }

  /** What follows a position, or undefined when the window does not reach back to it. */
  after(position: number): readonly LogEntry[] | undefined {
    if (position < this.#from || position > this.#to) return undefined;
    if (position === this.#to) return [];
    return this.#entries.slice(firstAfter(this.#entries, position));
  }

  /**
   * Calls `wake` once, when something follows the position or a read has failed, whose error the next read of the store
   * shows. Returns what takes it back.
   */
  wait(position: number, wake: () => void): () => void {
    // Nobody reads along: the window begins anew where the first who waits stands.
    if (position > this.#to && this.#waiting.size === 0 && !this.#reading) this.#restart(position);
    this.#waiting.add(wake);
    if (this.#to > position) this.#wakeAll();
    else this.#readWhenDue();
    return () => void this.#waiting.delete(wake);
  }

  close(): void {
    this.#stopWatching();
    clearTimeout(this.#timer);
    this.#wakeAll();
  }

  #reach(head: number): void {
    this.#head = Math.max(this.#head, head);
    this.#readWhenDue();
  }

  #readWhenDue(): void {
    if (this.#head <= this.#to || this.#waiting.size === 0 || this.#reading || this.#timer) return;
    const gatherMs = Math.min(gatherMsMax, gatherMsEach * Math.max(this.#served, this.#waiting.size));
    const waitMs = this.#readAtMs + gatherMs - performance.now();
    if (waitMs < 1) {
      void this.#read();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#read();
    }, waitMs);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    this.#readAtMs = performance.now();
    try {
      const { entries, scannedTo } = await this.#store.tail({
        filter: everyEvent,
        after: this.#to,
        eventsMax: readEventsMax,
        bytesMax: this.#limits.liveWindowBytesMax / 2,
        scanMax: readEventsMax,
      });
      this.#add(entries, scannedTo);
    } catch {
      // Who waits reads the store by itself now, and meets the failure there.
      this.#restart(this.#head);
    }
    this.#reading = false;
    this.#served = this.#waiting.size;
    this.#wakeAll();
  }

  #add(entries: readonly LogEntry[], to: number): void {
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += weight(entry);
    }
    this.#to = to;
    let dropped = 0;
    for (; this.#bytes > this.#limits.liveWindowBytesMax && dropped < this.#entries.length; dropped += 1) {
      const oldest = this.#entries[dropped]!;
      this.#bytes -= weight(oldest);
      this.#from = oldest.position;
    }
    if (dropped > 0) this.#entries.splice(0, dropped);
  }

  #restart(position: number): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#from = position;
    this.#to = position;
  }

  #wakeAll(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}

function weight(entry: LogEntry): number {
  return entryOverheadBytes + (isErased(entry) ? 0 : bodyBytes(entry));
}

/** By bisecting: the index of the first entry behind a position. */
function firstAfter(entries: readonly LogEntry[], position: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle]!.position > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
