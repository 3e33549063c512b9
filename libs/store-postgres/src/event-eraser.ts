// The one who erases: the body of an event goes; its key stays, and what repeats of its content are known by.
import { canonicalDigest } from '@oncelog/core';
import { positionOf } from './reading/position-of.ts';
import type { LogConnections } from './session/log-connections.ts';

export class EventEraser {
  readonly #connections: LogConnections;

  constructor(connections: LogConnections) {
    this.#connections = connections;
  }

  /** False when nothing is stored under the key, or it is erased already. */
  async erase(topic: string, eventId: string): Promise<boolean> {
    const body = await this.#connections.read(async (db) => {
      const position = await positionOf(db, topic, eventId);
      if (position === undefined) return undefined;
      const columns = ['position', 'content_type', 'content'] as const;
      return db.selectFrom('event').select(columns).where('position', '=', position).executeTakeFirst();
    });
    if (body === undefined) return false;
    const { position, content: bytes, content_type: contentType } = body;
    const digest = canonicalDigest(contentType === null ? { bytes } : { bytes, contentType });
    // Whoever else erases it at this moment finds nothing left to delete.
    const rows = await this.#connections.write({
      text: `with gone as (delete from event where position = $1 returning position)
        insert into erased_event (position, canonical_digest) select position, $2 from gone returning position`,
      values: [position, Buffer.from(digest, 'hex')],
    });
    return rows.length === 1;
  }
}
