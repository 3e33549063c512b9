// Who waits for events of a group: a pull, served once, or a stream, served again and again.
import type { Delivery } from './group-types.ts';

export interface Member {
  readonly name: string;
  /** How many events it would take now. */
  readonly room: number;
  /** False when it wants no more. */
  give(deliveries: readonly Delivery[]): boolean;
  /** There is nothing to give now; false when it does not wait any longer. */
  giveNothing(): boolean;
  /** Of what it was given, so many are settled or their lease is over. */
  release(events: number): void;
  fail(error: unknown): void;
}

export class PullMember implements Member {
  readonly name: string;
  readonly deliveries: Promise<readonly Delivery[]>;
  readonly #resolve: (deliveries: readonly Delivery[]) => void;
  readonly #reject: (error: unknown) => void;
  #room: number;
  #waits: boolean;

  constructor(name: string, eventsMax: number, waits: boolean) {
    this.name = name;
    this.#room = eventsMax;
    this.#waits = waits;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Delivery[]>();
    this.deliveries = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get room(): number {
    return this.#room;
  }

  /** Takes what is there by now, and waits for no more. */
  stopWaiting(): void {
    this.#waits = false;
  }

  /** Takes nothing but what is on its way already. */
  leave(): void {
    this.#waits = false;
    this.#room = 0;
  }

  give(deliveries: readonly Delivery[]): boolean {
    this.#resolve(deliveries);
    return false;
  }

  giveNothing(): boolean {
    if (!this.#waits) this.#resolve([]);
    return this.#waits;
  }

  release(): void {}

  fail(error: unknown): void {
    this.#reject(error);
  }
}

export class StreamMember implements Member {
  readonly name: string;
  readonly #windowEvents: number;
  #given: readonly Delivery[] = [];
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(name: string, windowEvents: number) {
    this.name = name;
    this.#windowEvents = windowEvents;
  }

  /** None while the reader has not taken what came before: at most one turn's events wait in memory. */
  get room(): number {
    return this.#wake && this.#given.length === 0 ? this.#windowEvents - this.#held : 0;
  }

  give(deliveries: readonly Delivery[]): boolean {
    this.#held += deliveries.length;
    this.#given = deliveries;
    this.#wake?.();
    return true;
  }

  giveNothing(): boolean {
    return true;
  }

  release(events: number): void {
    this.#held -= events;
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  /** What it is given next: nothing when `heartbeatMs` pass before that, or when the signal aborts. */
  async next(heartbeatMs: number, signal: AbortSignal, onReady: () => void): Promise<readonly Delivery[]> {
    if (!this.#failure && this.#given.length === 0) await this.#woken(heartbeatMs, signal, onReady);
    if (this.#failure) throw this.#failure.error;
    const given = this.#given;
    this.#given = [];
    return given;
  }

  async #woken(heartbeatMs: number, signal: AbortSignal, onReady: () => void): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const heartbeat = setTimeout(wake, heartbeatMs);
    signal.addEventListener('abort', wake);
    this.#wake = wake;
    onReady();
    await promise;
    this.#wake = undefined;
    signal.removeEventListener('abort', wake);
    clearTimeout(heartbeat);
  }
}
