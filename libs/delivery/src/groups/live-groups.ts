// All groups at work in this process: found by name, woken by commits, ended together.
import { type EventStore, type Limits, OncelogError } from '@oncelog/core';
import { checkGroupName } from './group-rules.ts';
import { LiveGroup } from './live-group.ts';

/** A successor takes over within about this time. */
const retryAfterShutdownMs = 1000;

export interface LiveGroupsOptions {
  readonly store: EventStore;
  readonly limits: Limits;
  readonly clock: () => number;
}

export class LiveGroups {
  readonly #options: LiveGroupsOptions;
  readonly #byName = new Map<string, LiveGroup>();
  readonly #ends = new Set<() => void>();
  readonly #stopWatching: () => void;
  #headHeard = 0;
  #closed = false;

  constructor(options: LiveGroupsOptions) {
    this.#options = options;
    this.#stopWatching = options.store.watchHead((head) => this.#hear(head));
  }

  /** To be used in the same turn of the event loop: a group that nobody uses is let go. */
  get(name: string): LiveGroup {
    this.refuseWhenClosed();
    checkGroupName(name, 'group', this.#options.limits);
    const known = this.#byName.get(name);
    if (known) return known;
    const live: LiveGroup = new LiveGroup(name, {
      ...this.#options,
      headHeard: () => this.#headHeard,
      onUnused: () => {
        if (this.#byName.get(name) === live) this.#byName.delete(name);
      },
    });
    this.#byName.set(name, live);
    return live;
  }

  /** The group is not what it was: who works on it asks the store. */
  forgetPlace(name: string): void {
    this.#byName.get(name)?.forgetPlace();
  }

  /** Calls `end` when the groups are closed, unless it is taken back by what is returned. */
  onClose(end: () => void): () => void {
    this.#ends.add(end);
    return () => void this.#ends.delete(end);
  }

  refuseWhenClosed(): void {
    if (this.#closed) throw shuttingDown();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    for (const end of this.#ends) end();
    await Promise.all([...this.#byName.values()].map((live) => live.idle()));
  }

  #hear(head: number): void {
    this.#headHeard = Math.max(this.#headHeard, head);
    for (const live of this.#byName.values()) live.wake();
  }
}

export function shuttingDown(): OncelogError {
  const message = 'the server is shutting down; go on with its successor, which knows what is settled';
  return new OncelogError('SHUTTING_DOWN', message, { retryAfterMs: retryAfterShutdownMs });
}
