// Where the event of a key is, for the thread that reads: in the index, or among the newest, which it knows as well.
import { eventIdBytes } from '@oncelog/store-sql';
import type { NativeDatabase } from '../open-database.ts';
import { prepare } from '../prepared.ts';
import { hashKey } from './key-hash.ts';
import { KeyTail } from './key-tail.ts';

interface KeyRow {
  readonly topic_id: number;
  readonly event_id: Buffer;
}

export class KeyFinder {
  readonly #statements;
  readonly #tail = new KeyTail();
  #indexedTo = 0;

  constructor(native: NativeDatabase) {
    const selectUnindexed = native.prepare<[after: number], KeyRow>(
      'select topic_id, event_id from event_key where position > ? order by position',
    );
    this.#statements = {
      selectTopic: prepare<[name: string], { readonly id: number }>(native, 'select id from topic where name = ?'),
      selectIndexedTo: prepare<[], { readonly keys_indexed_to: number }>(
        native,
        'select keys_indexed_to from log where id = 1',
      ),
      selectIndexed: prepare<[topicId: number, eventId: Uint8Array], { readonly position: number }>(
        native,
        'select position from key_index where topic_id = ? and event_id = ?',
      ),
      iterateUnindexed: (after: number) => selectUnindexed.iterate(after),
    };
  }

  positionOf(topic: string, eventId: string): number | undefined {
    const topicId = this.topicIdOf(topic);
    if (topicId === undefined) return undefined;
    this.catchUp();
    return this.find(topicId, eventIdBytes(eventId));
  }

  topicIdOf(topic: string): number | undefined {
    return this.#statements.selectTopic.get(topic)?.id;
  }

  /** Among what was stored before it caught up last. */
  find(topicId: number, eventId: Uint8Array): number | undefined {
    const number = this.#tail.find(hashKey(topicId, eventId), topicId, eventId);
    // The index is looked at last: what has left the newest meanwhile is in it by then.
    return number < 0 ? this.#statements.selectIndexed.get(topicId, eventId)?.position : this.#indexedTo + 1 + number;
  }

  /** Reads what was stored since it was asked last: about 1 µs an event, once. */
  catchUp(): void {
    const { selectIndexedTo, iterateUnindexed } = this.#statements;
    const indexedTo = selectIndexedTo.get()!.keys_indexed_to;
    if (indexedTo !== this.#indexedTo) {
      this.#indexedTo = indexedTo;
      this.#tail.truncate(0);
    }
    for (const { topic_id: topicId, event_id: eventId } of iterateUnindexed(this.#indexedTo + this.#tail.count)) {
      this.#tail.add(hashKey(topicId, eventId), topicId, eventId);
    }
  }
}
