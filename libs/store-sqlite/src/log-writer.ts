// The one who writes: whole calls in one transaction each, by prepared statements.
import {
  canonicalDigest,
  type Content,
  type Instant,
  instantOfMs,
  OncelogError,
  type OutcomeStatus,
} from '@oncelog/core';
import { CanonicalDigests } from './canonical-digests.ts';
import { count, CountedNames, type Counts, type Tally } from './counted-names.ts';
import { LogKeys } from './keys/log-keys.ts';
import { type NativeDatabase, pageBytes } from './open-database.ts';
import {
  attributesAt,
  contentAt,
  contentBytesAt,
  contentBytesOf,
  contentTypeAt,
  digestAt,
  eventIdAt,
  hasTimestamp,
  type PackedEvents,
  sourceAt,
} from './packed-events.ts';
import { emptyOutcomes, type PackedOutcomes, setOutcome } from './packed-outcomes.ts';
import { fatalWrite, isFatal, refusedWrite } from './sqlite-faults.ts';
import { prepareStatements, type WriterStatements } from './writer-statements.ts';

/** Random ids write the same index pages again and again, and a checkpoint copies each of them only once. */
export const checkpointPages = (64 * 1024 * 1024) / pageBytes;

/** What a transaction writes at most, about: a leaf of each index and table for every event, beside its content. */
const pagesPerEvent = 4;
const pagesPerTransaction = 16;

/** One transaction on its way. */
interface Transaction {
  readonly events: PackedEvents;
  readonly outcomes: PackedOutcomes;
  readonly total: Counts;
  /** By their number in the columns. */
  readonly topics: readonly Tally[];
  readonly sources: readonly Tally[];
  readonly timeMs: number;
  /** For events that bring no time of their own. */
  readonly now: Instant;
}

export interface LogWriterLimits {
  readonly sourcesCountedMax: number;
  readonly dropsKeptMax: number;
  readonly keysUnindexedMax: number;
}

export class LogWriter {
  readonly #native: NativeDatabase;
  readonly #limits: LogWriterLimits;
  readonly #statements: WriterStatements;
  readonly #keys: LogKeys;
  readonly #canonicalDigests = new CanonicalDigests();
  readonly #topics: CountedNames;
  readonly #sources: CountedNames;
  #position = 0;
  #storedTimeMs = 0;
  #dropId = 0;
  #pagesUntilMeasured = 0;
  #failed = false;

  constructor(native: NativeDatabase, limits: LogWriterLimits) {
    this.#native = native;
    this.#limits = limits;
    this.#statements = prepareStatements(native);
    this.#topics = new CountedNames(native, 'topic');
    this.#sources = new CountedNames(native, 'source', limits.sourcesCountedMax);
    this.#keys = new LogKeys(native, limits.keysUnindexedMax);
    this.#load();
  }

  /** Whether it has stopped for good. */
  get failed(): boolean {
    return this.#failed;
  }

  append(events: PackedEvents, nowMs: number): PackedOutcomes {
    if (this.#failed) throw new OncelogError('STORE_UNAVAILABLE', 'the store has stopped writing after a fault');
    try {
      this.#keys.begin();
      this.#statements.begin.run();
      const outcomes = this.#write(events, nowMs);
      this.#statements.commit.run();
      const contentPages = Math.ceil(contentBytesOf(events) / pageBytes);
      this.#pagesUntilMeasured -= pagesPerTransaction + pagesPerEvent * events.count + contentPages;
      return outcomes;
    } catch (error) {
      throw this.#recover(error);
    }
  }

  /** What nobody waits for; a full disk only puts it off. */
  afterCommit(): void {
    if (this.#failed) return;
    try {
      if (this.#keys.indexingDue) {
        this.#keys.index();
        // In a large log that alone may fill the write-ahead log.
        this.#pagesUntilMeasured = 0;
      }
      this.#checkpointWhenDue();
    } catch (error) {
      if (!isFatal(error)) return;
      this.#failed = true;
      throw fatalWrite(error);
    }
  }

  /** Nothing is appended any more: what is in the index need not be read when the log is opened again. */
  finish(): void {
    // After a fault nothing more is written: what the write-ahead log holds is for the next start to find out.
    if (this.#failed) return;
    try {
      this.#keys.index();
      this.#native.pragma('wal_checkpoint(truncate)');
    } catch (error) {
      if (isFatal(error)) throw fatalWrite(error);
    }
  }

  /** Moves what is committed from the write-ahead log into the database. */
  #checkpointWhenDue(): void {
    // Measuring it after every commit cost single events, of which about 64 share one, 1 µs each.
    if (this.#pagesUntilMeasured > 0) return;
    const { log, checkpointed } = this.#statements.measureLog.get()!;
    this.#pagesUntilMeasured = checkpointPages - (log - checkpointed);
    if (this.#pagesUntilMeasured <= 0) this.#native.pragma('wal_checkpoint(passive)');
  }

  #write(events: PackedEvents, nowMs: number): PackedOutcomes {
    const { insertKey, insertBody, insertDrop, addTotals, forgetDrops } = this.#statements;
    const timeMs = Math.max(this.#storedTimeMs, nowMs);
    const transaction: Transaction = {
      events,
      outcomes: emptyOutcomes(events.count),
      total: { stored: 0, duplicates: 0, conflicts: 0 },
      topics: events.topicNames.map((name) => this.#topics.tallyOf(name)),
      sources: events.sourceNames.map((name) => this.#sources.tallyOf(name)),
      timeMs,
      now: instantOfMs(timeMs),
    };
    for (let index = 0; index < events.count; index += 1) this.#put(transaction, index);
    insertKey.flush();
    insertBody.flush();
    insertDrop.flush();
    this.#topics.flush();
    this.#sources.flush();
    const { stored, duplicates, conflicts } = transaction.total;
    addTotals.run(stored, duplicates, conflicts);
    if (stored < events.count) forgetDrops.run(this.#dropId - this.#limits.dropsKeptMax);
    return transaction.outcomes;
  }

  #put({ events, outcomes, total, topics, sources, timeMs, now }: Transaction, index: number): void {
    const { insertKey, insertBody, insertDrop } = this.#statements;
    const { columns } = events;
    const topic = topics[columns.topics[index]!]!;
    const eventId = eventIdAt(events, index);
    const digest = digestAt(events, index);
    const source = sourceAt(events, index);
    const given = hasTimestamp(events, index);
    const seconds = given ? columns.seconds[index]! : now.seconds;
    const nanos = given ? columns.nanos[index]! : now.nanos;
    const first = this.#keys.find(topic.id, eventId, digest);
    let status: OutcomeStatus = 'stored';
    if (first === undefined) {
      const position = (this.#position += 1);
      this.#storedTimeMs = timeMs;
      this.#keys.add(topic.id, eventId, digest, timeMs);
      insertKey.add(position, topic.id, eventId, digest, timeMs);
      const contentType = contentTypeAt(events, index);
      const content = contentBytesAt(events, index);
      insertBody.add(position, source, seconds, nanos, attributesAt(events, index), contentType, content);
    } else {
      const { position, same } = first;
      status = same || this.#isSame(position, contentAt(events, index)) ? 'duplicate' : 'conflict';
      this.#dropId += 1;
      insertDrop.add(this.#dropId, position, source, seconds, nanos, status === 'conflict' ? 1 : 0, timeMs);
    }
    count(total, status);
    count(topic, status);
    count(sources[columns.sources[index]!]!, status);
    setOutcome(outcomes, index, status, first?.position ?? this.#position, first?.storedTimeMs ?? timeMs);
  }

  /** The bytes differ, but JSON may be spelled in many ways. */
  #isSame(position: number, content: Content): boolean {
    return this.#canonicalDigests.of(position, () => this.#contentAt(position)) === canonicalDigest(content);
  }

  #contentAt(position: number): Content {
    // The first may be of this very transaction.
    this.#statements.insertBody.flush();
    const { content: bytes, content_type: contentType } = this.#statements.selectContent.get(position)!;
    return contentType === null ? { bytes } : { bytes, contentType };
  }

  /** Back to what is committed; when even that fails, nothing is known any more. */
  #recover(error: unknown): OncelogError {
    try {
      if (isFatal(error)) throw error;
      if (this.#native.inTransaction) this.#statements.rollback.run();
      this.#keys.rollback();
      this.#load();
      return refusedWrite(error);
    } catch (fatal) {
      this.#failed = true;
      return fatalWrite(fatal);
    }
  }

  #load(): void {
    this.#statements.insertKey.discard();
    this.#statements.insertBody.discard();
    this.#statements.insertDrop.discard();
    const newest = this.#statements.selectNewest.get();
    this.#position = newest?.position ?? 0;
    this.#storedTimeMs = newest?.stored_time_ms ?? 0;
    this.#dropId = this.#statements.selectNewestDrop.get()?.id ?? 0;
    this.#canonicalDigests.clear();
    this.#topics.reload();
    this.#sources.reload();
  }
}
