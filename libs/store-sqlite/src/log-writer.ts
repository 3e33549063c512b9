// The one who writes: whole calls in one transaction each, by prepared statements.
import { canonicalDigest, type Content, instantOfMs, OncelogError, type Outcome } from '@oncelog/core';
import { CanonicalDigests } from './canonical-digests.ts';
import { count, CountedNames } from './counted-names.ts';
import type { NativeDatabase } from './open-database.ts';
import {
  contentAt,
  digestAt,
  emptyOutcomes,
  hasTimestamp,
  type PackedNewEvents,
  type PackedOutcomes,
  setOutcome,
} from './packed-events.ts';
import { fatalWrite, isFatal, refusedWrite } from './sqlite-faults.ts';
import { prepareStatements, type WriterStatements } from './writer-statements.ts';

/** 64 MiB: random ids write the same index pages again and again, and a checkpoint copies each of them only once. */
export const checkpointPages = 16_384;

export interface LogWriterLimits {
  readonly sourcesCountedMax: number;
  readonly dropsKeptMax: number;
}

export class LogWriter {
  readonly #native: NativeDatabase;
  readonly #limits: LogWriterLimits;
  readonly #statements: WriterStatements;
  readonly #canonicalDigests = new CanonicalDigests();
  readonly #topics: CountedNames;
  readonly #sources: CountedNames;
  #position = 0;
  #storedTimeMs = 0;
  #dropId = 0;
  #failed = false;

  constructor(native: NativeDatabase, limits: LogWriterLimits) {
    this.#native = native;
    this.#limits = limits;
    this.#statements = prepareStatements(native);
    this.#topics = new CountedNames(native, 'topic');
    this.#sources = new CountedNames(native, 'source', limits.sourcesCountedMax);
    this.#load();
  }

  /** Whether it has stopped for good. */
  get failed(): boolean {
    return this.#failed;
  }

  append(events: PackedNewEvents, nowMs: number): PackedOutcomes {
    if (this.#failed) throw new OncelogError('STORE_UNAVAILABLE', 'the store has stopped writing after a fault');
    try {
      this.#statements.begin.run();
      const outcomes = this.#write(events, nowMs);
      this.#statements.commit.run();
      return outcomes;
    } catch (error) {
      throw this.#recover(error);
    }
  }

  /** Moves what is committed from the write-ahead log into the database; a full disk only puts it off. */
  checkpointWhenDue(): void {
    if (this.#failed) return;
    try {
      const { log, checkpointed } = this.#statements.measureLog.get()!;
      if (log - checkpointed >= checkpointPages) this.#native.pragma('wal_checkpoint(passive)');
    } catch (error) {
      if (!isFatal(error)) return;
      this.#failed = true;
      throw fatalWrite(error);
    }
  }

  #write(events: PackedNewEvents, nowMs: number): PackedOutcomes {
    const timeMs = Math.max(this.#storedTimeMs, nowMs);
    const outcomes = emptyOutcomes(events.topics.length);
    const total = { stored: 0, duplicates: 0, conflicts: 0 };
    for (let index = 0; index < events.topics.length; index += 1) {
      const topic = this.#topics.tallyOf(events.topics[index]!);
      const source = this.#sources.tallyOf(events.sources[index]!);
      const outcome = this.#put(events, index, topic.id, timeMs);
      for (const tally of [total, topic, source]) count(tally, outcome.status);
      setOutcome(outcomes, index, outcome);
    }
    this.#topics.flush();
    this.#sources.flush();
    this.#statements.addTotals.run(total.stored, total.duplicates, total.conflicts);
    if (total.stored < events.topics.length) this.#statements.forgetDrops.run(this.#dropId - this.#limits.dropsKeptMax);
    return outcomes;
  }

  #put(events: PackedNewEvents, index: number, topicId: number, storedTimeMs: number): Outcome {
    const { insertKey, insertBody, selectKey } = this.#statements;
    const eventId = events.eventIds[index]!;
    const content = contentAt(events, index);
    const digest = digestAt(events, index);
    const position = this.#position + 1;
    const { seconds, nanos } = timestampOf(events, index, storedTimeMs);
    const source = events.sources[index]!;
    if (insertKey.run(position, topicId, eventId, digest, storedTimeMs).changes === 1) {
      const contentType = events.contentTypes[index]!;
      insertBody.run(position, source, seconds, nanos, events.attributes[index]!, contentType, content.bytes);
      this.#position = position;
      this.#storedTimeMs = storedTimeMs;
      return { status: 'stored', position, storedTimeMs };
    }
    const first = selectKey.get(digest, topicId, eventId)!;
    const status = first.same === 1 || this.#isSame(first.position, content) ? 'duplicate' : 'conflict';
    this.#dropId += 1;
    const conflict = status === 'conflict' ? 1 : 0;
    this.#statements.insertDrop.run(this.#dropId, first.position, source, seconds, nanos, conflict, storedTimeMs);
    return { status, position: first.position, storedTimeMs: first.stored_time_ms };
  }

  /** The bytes differ, but JSON may be spelled in many ways. */
  #isSame(position: number, content: Content): boolean {
    return this.#canonicalDigests.of(position, () => this.#contentAt(position)) === canonicalDigest(content);
  }

  #contentAt(position: number): Content {
    const { content: bytes, content_type: contentType } = this.#statements.selectContent.get(position)!;
    return contentType === null ? { bytes } : { bytes, contentType };
  }

  /** Back to what is committed; when even that fails, nothing is known any more. */
  #recover(error: unknown): OncelogError {
    try {
      if (isFatal(error)) throw error;
      if (this.#native.inTransaction) this.#statements.rollback.run();
      this.#load();
      return refusedWrite(error);
    } catch (fatal) {
      this.#failed = true;
      return fatalWrite(fatal);
    }
  }

  #load(): void {
    const newest = this.#statements.selectNewest.get();
    this.#position = newest?.position ?? 0;
    this.#storedTimeMs = newest?.stored_time_ms ?? 0;
    this.#dropId = this.#statements.selectNewestDrop.get()?.id ?? 0;
    this.#canonicalDigests.clear();
    this.#topics.reload();
    this.#sources.reload();
  }
}

function timestampOf(events: PackedNewEvents, index: number, storedTimeMs: number) {
  return hasTimestamp(events, index)
    ? { seconds: events.seconds[index]!, nanos: events.nanos[index]! }
    : instantOfMs(storedTimeMs);
}
