// Events between their publisher and their outcome: a bounded number of them, in order; who comes later waits for room.
import type { Event, Outcome } from '@oncelog/protocol';

export interface BufferedEvent {
  readonly event: Event;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: unknown) => void;
  readonly outcome: Promise<Outcome>;
}

export interface BufferBounds {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

export class BufferedEvents {
  readonly #bounds: BufferBounds;
  /** Taken in and not sent, or to be sent again. */
  #queue: BufferedEvent[] = [];
  #queueBytes = 0;
  #waiting: BufferedEvent[] = [];
  /** Queued or on their way. */
  readonly #held = new Set<BufferedEvent>();
  #heldBytes = 0;
  #onRoom: (() => void)[] = [];

  constructor(bounds: BufferBounds) {
    this.#bounds = bounds;
  }

  get queuedEvents(): number {
    return this.#queue.length;
  }

  get queuedBytes(): number {
    return this.#queueBytes;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0 && this.#waiting.length === 0;
  }

  /** All that have no outcome yet. */
  get unsettled(): readonly BufferedEvent[] {
    return [...this.#held, ...this.#waiting];
  }

  add(entry: BufferedEvent): void {
    if (this.#waiting.length === 0 && this.#hasRoom(entry.bytes)) this.#admit(entry);
    else this.#waiting.push(entry);
  }

  /** Resolves when the next event finds room at once. */
  async room(): Promise<void> {
    while (this.#waiting.length > 0 || !this.#hasRoom(0)) {
      await new Promise<void>((resolve) => void this.#onRoom.push(resolve));
    }
  }

  /** The first of the queue, as many as fit a batch. */
  take({ eventsMax, bytesMax }: BufferBounds): BufferedEvent[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(eventsMax, this.#queue.length); count += 1) {
      bytes += this.#queue[count]!.bytes;
      if (count > 0 && bytes > bytesMax) break;
    }
    const taken = this.#queue.splice(0, count);
    for (const { bytes } of taken) this.#queueBytes -= bytes;
    return taken;
  }

  /** Before all others: they were there first. */
  putBack(entries: readonly BufferedEvent[]): void {
    this.#queue.unshift(...entries);
    for (const { bytes } of entries) this.#queueBytes += bytes;
  }

  /** They have their outcome or their failure: others may take their room. */
  release(entries: readonly BufferedEvent[]): void {
    for (const entry of entries) {
      if (this.#held.delete(entry)) this.#heldBytes -= entry.bytes;
    }
    let admitted = 0;
    for (const entry of this.#waiting) {
      if (!this.#hasRoom(entry.bytes)) break;
      this.#admit(entry);
      admitted += 1;
    }
    if (admitted > 0) this.#waiting = this.#waiting.slice(admitted);
    const wake = this.#onRoom;
    this.#onRoom = [];
    for (const resolve of wake) resolve();
  }

  /** One event is taken in at least, however large. */
  #hasRoom(bytes: number): boolean {
    const { eventsMax, bytesMax } = this.#bounds;
    return this.#held.size === 0 || (this.#held.size < eventsMax && this.#heldBytes + bytes <= bytesMax);
  }

  #admit(entry: BufferedEvent): void {
    this.#held.add(entry);
    this.#heldBytes += entry.bytes;
    this.#queue.push(entry);
    this.#queueBytes += entry.bytes;
  }
}
