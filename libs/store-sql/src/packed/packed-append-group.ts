// A transaction that fills up as columns, to be carried out by the one that writes.
import type { AppendGroup, NewEvent, Outcome } from '@oncelog/core';
import type { Columns } from './columns.ts';
import { EventPacker } from './event-packer.ts';
import type { PackedEvents } from './packed-events.ts';
import { type PackedOutcomes, unpackOutcomes } from './packed-outcomes.ts';

export type CommitEvents = (events: PackedEvents) => Promise<PackedOutcomes>;

export class PackedAppendGroup implements AppendGroup {
  readonly #commit: CommitEvents;
  readonly #packer: EventPacker;
  readonly #batchSizes: number[] = [];
  /** Events of which only a part was taken over would give all that follow the outcomes of others. */
  #whole = true;

  constructor(columns: Columns, commit: CommitEvents) {
    this.#packer = new EventPacker(columns);
    this.#commit = commit;
  }

  add(events: readonly NewEvent[]): void {
    this.#whole = false;
    for (const event of events) this.#packer.addWithDigest(event);
    this.#batchSizes.push(events.length);
    this.#whole = true;
  }

  async commit(): Promise<Outcome[][]> {
    if (!this.#whole) throw new Error('a group that could not take all of its events is not committed');
    return unpackOutcomes(await this.#commit(this.#packer.finish()), this.#batchSizes);
  }
}
