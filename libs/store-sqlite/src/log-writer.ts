// The one who writes: whole calls in one transaction each, by prepared statements.
import { canonicalDigest, type Content, type Instant, instantOfMs, type Verdict } from '@oncelog/core';
import {
  attributesAt,
  CanonicalDigests,
  contentAt,
  contentBytesAt,
  contentBytesOf,
  contentTypeAt,
  digestAt,
  emptyOutcomes,
  eventIdAt,
  hasTimestamp,
  type PackedEvents,
  type PackedOutcomes,
  setOutcome,
  sourceAt,
} from '@oncelog/store-sql';
import type { Checkpoints } from './checkpoints.ts';
import { count, CountedNames, type Counts, type Tally } from './counted-names.ts';
import { LogKeys } from './keys/log-keys.ts';
import { type NativeDatabase, pageBytes } from './open-database.ts';
import { fatalWrite, isFatal } from './sqlite-faults.ts';
import { StoredContents } from './stored-contents.ts';
import type { Transactions } from './transactions.ts';
import { prepareStatements, type WriterStatements } from './writer-statements.ts';

/** A leaf of each index and table at most, about, beside its content. */
const pagesPerEvent = 4;

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
  readonly #limits: LogWriterLimits;
  readonly #transactions: Transactions;
  readonly #checkpoints: Checkpoints;
  readonly #statements: WriterStatements;
  readonly #keys: LogKeys;
  readonly #contents: StoredContents;
  readonly #canonicalDigests: CanonicalDigests;
  readonly #topics: CountedNames;
  readonly #sources: CountedNames;
  #position = 0;
  #storedTimeMs = 0;
  #dropId = 0;

  constructor(native: NativeDatabase, limits: LogWriterLimits, transactions: Transactions, checkpoints: Checkpoints) {
    this.#limits = limits;
    this.#transactions = transactions;
    this.#checkpoints = checkpoints;
    this.#statements = prepareStatements(native);
    this.#contents = new StoredContents(native);
    this.#canonicalDigests = new CanonicalDigests((position) => this.#canonicalDigestAt(position));
    this.#topics = new CountedNames(native, 'topic');
    this.#sources = new CountedNames(native, 'source', limits.sourcesCountedMax);
    this.#keys = new LogKeys(native, limits.keysUnindexedMax);
    this.#load();
  }

  /** The highest position that is committed. */
  get head(): number {
    return this.#position;
  }

  append(events: PackedEvents, nowMs: number): PackedOutcomes {
    this.#keys.begin();
    const outcomes = this.#transactions.run(
      () => this.#write(events, nowMs),
      () => this.#undo(),
    );
    const contentPages = Math.ceil(contentBytesOf(events) / pageBytes);
    this.#checkpoints.countTransaction(pagesPerEvent * events.count + contentPages);
    return outcomes;
  }

  /** What nobody waits for; a full disk only puts it off. */
  afterCommit(): void {
    if (this.#transactions.failed) return;
    try {
      if (this.#keys.indexingDue) {
        this.#keys.index();
        // In a large log that alone may fill the write-ahead log.
        this.#checkpoints.measureNext();
      }
      this.#checkpoints.runWhenDue();
    } catch (error) {
      if (isFatal(error)) throw this.#transactions.fail(error);
    }
  }

  /** Nothing is appended any more: what is in the index need not be read when the log is opened again. */
  finish(): void {
    // After a fault nothing more is written: what the write-ahead log holds is for the next start to find out.
    if (this.#transactions.failed) return;
    try {
      this.#keys.index();
      this.#checkpoints.finish();
    } catch (error) {
      if (isFatal(error)) throw fatalWrite(error);
    }
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
    let status: Verdict = 'stored';
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
    return this.#canonicalDigests.of(position) === canonicalDigest(content);
  }

  #canonicalDigestAt(position: number): string {
    // The first may be of this very transaction.
    this.#statements.insertBody.flush();
    return this.#contents.canonicalDigestAt(position);
  }

  #undo(): void {
    this.#keys.rollback();
    this.#load();
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
