// What is stored under a key, for those who compare with it: its canonical digest, read once and kept.
import { canonicalDigest } from '@oncelog/core';
import { KeptDigests, missingEvent } from '@oncelog/store-sql';
import type { LogConnections } from '../session/log-connections.ts';

/** Contents of up to 256 KiB each. */
const contentsReadMax = 64;

export class FirstContents {
  readonly #connections: LogConnections;
  readonly #kept = new KeptDigests();

  constructor(connections: LogConnections) {
    this.#connections = connections;
  }

  /** By position. What is stored never changes, and what was erased has left its digest. */
  async canonicalDigests(positions: Iterable<number>): Promise<ReadonlyMap<number, string>> {
    const digests = new Map<number, string>();
    const unknown: number[] = [];
    for (const position of new Set(positions)) {
      const known = this.#kept.get(position);
      if (known === undefined) unknown.push(position);
      else digests.set(position, known);
    }
    for (let start = 0; start < unknown.length; start += contentsReadMax) {
      for (const [position, digest] of await this.#read(unknown.slice(start, start + contentsReadMax))) {
        this.#kept.keep(position, digest);
        digests.set(position, digest);
      }
    }
    return digests;
  }

  async #read(positions: readonly number[]): Promise<(readonly [position: number, digest: string])[]> {
    const rows = await this.#connections.read((db) =>
      db
        .selectFrom('event_key')
        // Named for the bodies too, so that only their partitions are looked at.
        .leftJoin('event', (join) =>
          join.onRef('event.position', '=', 'event_key.position').on('event.position', 'in', positions),
        )
        .leftJoin('erased_event', 'erased_event.position', 'event_key.position')
        .select(['event_key.position', 'content_type', 'content', 'canonical_digest'])
        .where('event_key.position', 'in', positions)
        .execute(),
    );
    return rows.map(({ position, content: bytes, content_type: contentType, canonical_digest: erased }) => {
      if (erased !== null) return [position, Buffer.from(erased).toString('hex')];
      if (bytes === null) throw missingEvent(position);
      return [position, canonicalDigest(contentType === null ? { bytes } : { bytes, contentType })];
    });
  }
}
