// What would become of events if they were appended now: for the thread that reads.
import { canonicalDigest, type CheckedEvent } from '@oncelog/core';
import { CanonicalDigests, contentAt, digestAt, eventIdAt, missingEvent, type PackedEvents } from '@oncelog/store-sql';
import type { KeyFinder } from './keys/key-finder.ts';
import type { NativeDatabase } from './open-database.ts';
import { prepare } from './prepared.ts';
import { StoredContents } from './stored-contents.ts';

/**
 * One call, for all other readers wait for this thread: what a thousand keys take whose contents need no comparing as
 * JSON. A single large content that does may take longer.
 */
const checkingMsMax = 20;

interface KeyRow {
  readonly digest: Buffer;
  readonly stored_time_ms: number;
}

export interface CheckRequest {
  readonly events: PackedEvents;
  readonly keysOnly: boolean;
}

export class EventChecker {
  readonly #keys: KeyFinder;
  readonly #selectKey;
  readonly #canonicalDigests: CanonicalDigests;

  constructor(native: NativeDatabase, keys: KeyFinder) {
    const contents = new StoredContents(native);
    this.#keys = keys;
    this.#canonicalDigests = new CanonicalDigests((position) => contents.canonicalDigestAt(position));
    this.#selectKey = prepare<[position: number], KeyRow>(
      native,
      'select digest, stored_time_ms from event_key where position = ?',
    );
  }

  /** One answer for each of the first events: at least one, and as many as there is time for. */
  check({ events, keysOnly }: CheckRequest): CheckedEvent[] {
    const endMs = performance.now() + checkingMsMax;
    const topicIds = events.topicNames.map((name) => this.#keys.topicIdOf(name));
    const checked: CheckedEvent[] = [];
    this.#keys.catchUp();
    for (let index = 0; index < events.count; index += 1) {
      const topicId = topicIds[events.columns.topics[index]!];
      const position = topicId === undefined ? undefined : this.#keys.find(topicId, eventIdAt(events, index));
      checked.push(position === undefined ? nothingStored : this.#compare(position, events, index, keysOnly));
      if (performance.now() > endMs) break;
    }
    return checked;
  }

  #compare(position: number, events: PackedEvents, index: number, keysOnly: boolean): CheckedEvent {
    const key = this.#selectKey.get(position);
    if (key === undefined) throw missingEvent(position);
    const same = keysOnly || key.digest.equals(digestAt(events, index)) || this.#isSame(position, events, index);
    return { status: same ? 'duplicate' : 'conflict', position, storedTimeMs: key.stored_time_ms };
  }

  /** The bytes differ, but JSON may be spelled in many ways. */
  #isSame(position: number, events: PackedEvents, index: number): boolean {
    return this.#canonicalDigests.of(position) === canonicalDigest(contentAt(events, index));
  }
}

const nothingStored: CheckedEvent = { status: 'new', position: 0, storedTimeMs: 0 };
