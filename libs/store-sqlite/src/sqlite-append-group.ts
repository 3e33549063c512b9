// A transaction that fills up on this thread, to be carried out by the one that writes.
import { type AppendGroup, contentDigest, digestBytes, type NewEvent, type Outcome } from '@oncelog/core';
import { EventPacker } from './event-packer.ts';
import { grown } from './grown.ts';
import type { PackedNewEvents } from './packed-events.ts';
import { type PackedOutcomes, unpackOutcomes } from './packed-outcomes.ts';

const eventsAtFirst = 64;

export type CommitEvents = (events: PackedNewEvents) => Promise<PackedOutcomes>;

export class SqliteAppendGroup implements AppendGroup {
  readonly #commit: CommitEvents;
  readonly #packer = new EventPacker();
  readonly #batchSizes: number[] = [];
  #digests = new Uint8Array(eventsAtFirst * digestBytes);
  #digestsEnd = 0;
  /** Events of which only a part was taken over would give all that follow the outcomes of others. */
  #whole = true;

  constructor(commit: CommitEvents) {
    this.#commit = commit;
  }

  add(events: readonly NewEvent[]): void {
    this.#whole = false;
    for (const event of events) {
      this.#packer.add(event);
      this.#addDigest(contentDigest(event.content));
    }
    this.#batchSizes.push(events.length);
    this.#whole = true;
  }

  async commit(): Promise<Outcome[][]> {
    if (!this.#whole) throw new Error('a group that could not take all of its events is not committed');
    const outcomes = await this.#commit({ ...this.#packer.finish(), digests: this.#digests });
    return unpackOutcomes(outcomes, this.#batchSizes);
  }

  #addDigest(digest: Uint8Array): void {
    if (this.#digestsEnd === this.#digests.length) this.#digests = grown(this.#digests);
    this.#digests.set(digest, this.#digestsEnd);
    this.#digestsEnd += digestBytes;
  }
}
