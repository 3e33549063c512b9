// What would become of events if they were appended now.
import { type CheckedEvent, type CheckOptions, digestBytes, type NewEvent } from '@oncelog/core';
import { EventPacker, type PackedEvents } from '@oncelog/store-sql';
import { sql } from 'kysely';
import { byteaArray, fixedByteaArray, int4Array, textArray } from '../append/binary-arrays.ts';
import { compareContents } from '../append/content-verdicts.ts';
import type { FirstContents } from '../append/first-contents.ts';
import type { LogConnections } from '../session/log-connections.ts';

interface FirstRow {
  /** Of the event that was asked about, from 1. */
  readonly n: number;
  readonly position: number;
  readonly stored_time_ms: number;
  readonly same: boolean;
}

const nothingStored: CheckedEvent = { status: 'new', position: 0, storedTimeMs: 0 };

export class EventChecker {
  readonly #connections: LogConnections;
  readonly #firsts: FirstContents;

  constructor(connections: LogConnections, firsts: FirstContents) {
    this.#connections = connections;
    this.#firsts = firsts;
  }

  async check(events: readonly NewEvent[], { keysOnly = false }: CheckOptions = {}): Promise<CheckedEvent[]> {
    const packer = new EventPacker();
    for (const event of events) packer.addWithDigest(event);
    const rows = await this.#find(packer.finish());
    const others = keysOnly ? [] : rows.filter(({ same }) => !same);
    const comparisons = others.map(({ n, position }) => ({ content: events[n - 1]!.content, first: position }));
    const answers = await compareContents(comparisons, this.#firsts);
    const conflicts = new Set(others.filter((_, index) => !answers[index]));
    const checked = Array.from({ length: events.length }, () => nothingStored);
    for (const row of rows) {
      const status = conflicts.has(row) ? 'conflict' : 'duplicate';
      checked[row.n - 1] = { status, position: row.position, storedTimeMs: row.stored_time_ms };
    }
    return checked;
  }

  #find({ count, topicNames, columns }: PackedEvents): Promise<readonly FirstRow[]> {
    const topics = int4Array(columns.topics, count, 1);
    const ids = byteaArray(columns.ids, columns.idEnds, count);
    const digests = fixedByteaArray(columns.digests, digestBytes, count);
    return this.#connections.read(async (db) => {
      const found = sql<FirstRow>`
        select given.n, stored.position, stored.stored_time_ms, stored.digest = given.digest as same
        from unnest(${topics}::integer[], ${ids}::bytea[], ${digests}::bytea[])
          with ordinality given (topic, event_id, digest, n)
        join topic on topic.name = (${textArray(topicNames)}::text[])[given.topic]
        cross join lateral (
          select position, digest, stored_time_ms from event_key
          where topic_id = topic.id and event_id = given.event_id offset 0) stored`;
      return (await found.execute(db)).rows;
    });
  }
}
