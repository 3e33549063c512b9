// All groups at work in this process: found by name, woken by commits, ended together.
import { type ChangedGroup, type EventStore, type Limits, OncelogError } from '@oncelog/core';
import { checkGroupName } from './group-rules.ts';
import { LiveGroup } from './live-group.ts';

/** A successor takes over within about this time. */
const retryAfterShutdownMs = 1000;

/** Who finds no place comes back after this. */
const retryAfterFullMs = 5000;

/**
 * Commits wake those who wait at most so often: 0.1 ms for each of them, up to 10 ms, and at once as long as they are
 * few. A commit may come every 2 ms, and a hundred groups of which none wants its events would read the log 50,000
 * times a second.
 */
const gatherMsEach = 0.1;
const gatherMsMax = 10;

export interface LiveGroupsOptions {
  readonly store: EventStore;
  readonly limits: Limits;
  readonly clock: () => number;
}

export class LiveGroups {
  readonly #options: LiveGroupsOptions;
  readonly #byName = new Map<string, LiveGroup>();
  /** One for each who waits. */
  readonly #ends = new Set<() => void>();
  readonly #stopWatching: readonly (() => void)[];
  #gathering: NodeJS.Timeout | undefined;
  #headHeard = 0;
  #closed = false;

  constructor(options: LiveGroupsOptions) {
    this.#options = options;
    const { store } = options;
    this.#stopWatching = [
      store.watchHead((head) => this.#hear(head)),
      store.consumers.watchGroups((change) => this.#hearOfChange(change)),
    ];
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

  /** Asked before anybody waits. */
  refuseWhenFull(): void {
    if (this.#ends.size >= this.#options.limits.subscribersMax) throw tooManyMembers(this.#ends.size);
  }

  refuseWhenClosed(): void {
    if (this.#closed) throw shuttingDown();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stopWatching) stop();
    clearTimeout(this.#gathering);
    for (const end of this.#ends) end();
    await Promise.all([...this.#byName.values()].map((live) => live.idle()));
  }

  #hear(head: number): void {
    this.#headHeard = Math.max(this.#headHeard, head);
    const gatherMs = Math.min(gatherMsMax, Math.floor(this.#ends.size * gatherMsEach));
    if (gatherMs === 0) this.#wakeAll();
    else this.#gathering ??= setTimeout(() => this.#wakeAll(), gatherMs);
  }

  #hearOfChange({ name, version }: ChangedGroup): void {
    if (name === undefined) for (const live of this.#byName.values()) live.changedTo(version);
    else this.#byName.get(name)?.changedTo(version);
  }

  #wakeAll(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const live of this.#byName.values()) live.headMoved();
  }
}

function tooManyMembers(limit: number): OncelogError {
  const description = `at most ${limit} may wait at a time; come back later, or pull more events at a time`;
  return new OncelogError('QUEUE_FULL', `members: ${description}`, {
    violations: [{ field: 'members', description, limit, actual: limit }],
    retryAfterMs: retryAfterFullMs,
  });
}

export function shuttingDown(): OncelogError {
  const message = 'the server is shutting down; go on with its successor, which knows what is settled';
  return new OncelogError('SHUTTING_DOWN', message, { retryAfterMs: retryAfterShutdownMs });
}
