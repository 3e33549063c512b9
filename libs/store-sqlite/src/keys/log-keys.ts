// Every key of the log, and where its first event is.
//
// The unique index is not kept up event by event: a random key dirties a page of it by itself, and at a million keys
// that was half of all the work. The newest keys are found in memory; a hundred thousand of them at a time go into the
// index in its own order. What is in memory only is in the rows of the events too, and comes back from there after a
// crash (ADR 0008).
import { digestBytes } from '@oncelog/core';
import { grown, missingEvent } from '@oncelog/store-sql';
import type { NativeDatabase } from '../open-database.ts';
import { prepare } from '../prepared.ts';
import { KeyFilters } from './key-filters.ts';
import { hashKey } from './key-hash.ts';
import { KeyTail } from './key-tail.ts';

/**
 * The index of a large log has more pages than keys come at once, and each key dirties one by itself again: so the bulk
 * grows with the log. From one to ten million events that is 111,000 events/s instead of 90,000.
 */
const indexedPerUnindexed = 25;
const bulkGrowthMax = 4;

/** Keys may be 512 bytes long. */
const tailBytesMax = 16 * 1024 * 1024;

/** Keys that share a hash are compared one by one; nobody makes as many by accident. */
const probeMax = 128;

/** The first event of a key. */
export interface FirstEvent {
  readonly position: number;
  readonly storedTimeMs: number;
  /** Whether its content has the digest asked about. */
  readonly same: boolean;
}

interface IndexedRow {
  readonly position: number;
  readonly stored_time_ms: number;
  readonly same: 0 | 1;
}

interface KeyRow {
  readonly position: number;
  readonly topic_id: number;
  readonly event_id: Buffer;
  readonly digest: Buffer;
  readonly stored_time_ms: number;
}

export class LogKeys {
  readonly #statements;
  readonly #filters: KeyFilters;
  readonly #tail = new KeyTail();
  #digests = new Uint8Array(1024 * digestBytes);
  #storedTimesMs = new Float64Array(1024);
  readonly #unindexedMax: number;
  #indexedTo = 0;
  #countAtBegin = 0;
  #dueAt: number;
  /** Of the key that was looked for last, which is the one that is added next. */
  #hash = 0;

  constructor(native: NativeDatabase, unindexedMax: number) {
    this.#unindexedMax = unindexedMax;
    this.#filters = new KeyFilters(native);
    this.#statements = prepareStatements(native);
    this.#indexedTo = this.#statements.selectIndexedTo.get()!.keys_indexed_to;
    this.#filters.load(this.#indexedTo);
    for (const row of this.#statements.iterateUnindexed(this.#indexedTo)) {
      // Their place in memory tells their position.
      const position = this.#indexedTo + 1 + this.#tail.count;
      if (row.position !== position) throw missingEvent(position);
      this.#hash = hashKey(row.topic_id, row.event_id);
      this.add(row.topic_id, row.event_id, row.digest, row.stored_time_ms);
    }
    this.#dueAt = this.#bulk;
  }

  find(topicId: number, eventId: Uint8Array, digest: Uint8Array): FirstEvent | undefined {
    this.#hash = hashKey(topicId, eventId);
    const number = this.#tail.find(this.#hash, topicId, eventId);
    if (number >= 0) return this.#newest(number, digest);
    if (!this.#filters.mayHold(this.#hash)) return undefined;
    const row = this.#statements.selectIndexed.get(digest, topicId, eventId);
    return row && { position: row.position, storedTimeMs: row.stored_time_ms, same: row.same === 1 };
  }

  /** The key that has just been looked for and not found, at the next position. */
  add(topicId: number, eventId: Uint8Array, digest: Uint8Array, storedTimeMs: number): void {
    const number = this.#tail.count;
    this.#tail.add(this.#hash, topicId, eventId);
    if (number === this.#storedTimesMs.length) {
      this.#storedTimesMs = grown(this.#storedTimesMs);
      this.#digests = grown(this.#digests);
    }
    this.#storedTimesMs[number] = storedTimeMs;
    this.#digests.set(digest, number * digestBytes);
  }

  begin(): void {
    this.#countAtBegin = this.#tail.count;
  }

  /** Forgets what was added since the beginning. */
  rollback(): void {
    this.#tail.truncate(this.#countAtBegin);
  }

  get indexingDue(): boolean {
    const { count, bytes, longestProbe } = this.#tail;
    return count >= this.#dueAt || bytes > tailBytesMax || longestProbe > probeMax;
  }

  /** Indexes the newest keys, in a transaction of its own; when it fails, they stay where they are. */
  index(): void {
    const { begin, insertIndexed, setIndexedTo, commit, rollback } = this.#statements;
    if (this.#tail.count === 0) return;
    const indexedTo = this.#indexedTo + this.#tail.count;
    this.#dueAt = this.#tail.count + this.#bulk / 10;
    begin.run();
    try {
      insertIndexed.run(this.#indexedTo, indexedTo);
      setIndexedTo.run(indexedTo);
      for (let number = 0; number < this.#tail.count; number += 1) {
        this.#filters.add(this.#indexedTo + 1 + number, this.#tail.hashOf(number));
      }
      this.#filters.save(indexedTo);
      commit.run();
    } catch (error) {
      rollback.run();
      // Bits too many do no harm, bits that were not saved would.
      this.#filters.load(this.#indexedTo);
      throw error;
    }
    this.#indexedTo = indexedTo;
    this.#tail.truncate(0);
    this.#dueAt = this.#bulk;
  }

  /** How many keys go into the index together. */
  get #bulk(): number {
    const part = Math.floor(this.#indexedTo / indexedPerUnindexed);
    return Math.max(this.#unindexedMax, Math.min(part, bulkGrowthMax * this.#unindexedMax));
  }

  #newest(number: number, digest: Uint8Array): FirstEvent {
    const start = number * digestBytes;
    let same = true;
    for (let at = 0; at < digestBytes && same; at += 1) same = this.#digests[start + at] === digest[at];
    return { position: this.#indexedTo + 1 + number, storedTimeMs: this.#storedTimesMs[number]!, same };
  }
}

function prepareStatements(native: NativeDatabase) {
  const selectUnindexed = native.prepare<[indexedTo: number], KeyRow>(
    'select position, topic_id, event_id, digest, stored_time_ms from event_key where position > ? order by position',
  );
  return {
    begin: prepare(native, 'begin immediate'),
    commit: prepare(native, 'commit'),
    rollback: prepare(native, 'rollback'),
    selectIndexedTo: prepare<[], { readonly keys_indexed_to: number }>(
      native,
      'select keys_indexed_to from log where id = 1',
    ),
    setIndexedTo: prepare<[indexedTo: number]>(native, 'update log set keys_indexed_to = ? where id = 1'),
    selectIndexed: prepare<[digest: Uint8Array, topicId: number, eventId: Uint8Array], IndexedRow>(
      native,
      `select event_key.position, stored_time_ms, digest = ? as same
       from key_index join event_key on event_key.position = key_index.position
       where key_index.topic_id = ? and key_index.event_id = ?`,
    ),
    /** In the order of the index, so that the keys of one page come together. */
    insertIndexed: prepare<[after: number, to: number]>(
      native,
      `insert into key_index (topic_id, event_id, position)
       select topic_id, event_id, position from event_key where position > ? and position <= ?
       order by topic_id, event_id`,
    ),
    iterateUnindexed: (indexedTo: number) => selectUnindexed.iterate(indexedTo),
  };
}
