// A subscriber that leaves at random and goes on from its cursor, each time over another transport.
import { setTimeout as delay } from 'node:timers/promises';
import type { SeededRandom } from '../crash/seeded-random.ts';
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { everyWire } from '../transports/every-wire.ts';

/** It stays for this many entries at most, and comes back when the aggregator is being restarted after this. */
const stayEntriesMax = 4000;
const restartWaitMs = 20;

export class RoamingSubscriber {
  /** "position event_id" of everything it was given, in the order it came. */
  readonly heard: string[] = [];
  visits = 0;
  /** Visits that the aggregator ended, and not the subscriber. */
  cutOff = 0;
  #cursor: string | undefined;
  readonly #random: SeededRandom;
  readonly #aggregator: () => AggregatorProcess;

  /** `aggregator` is the one that runs now. */
  constructor(random: SeededRandom, aggregator: () => AggregatorProcess) {
    this.#random = random;
    this.#aggregator = aggregator;
  }

  /** Until the signal says that nothing more is published, and it has caught up with that. */
  async roam(published: AbortSignal): Promise<void> {
    for (;;) {
      this.visits += 1;
      try {
        if ((await this.#visit(published)) === 'done') return;
      } catch {
        this.cutOff += 1;
        await delay(restartWaitMs);
      }
    }
  }

  async #visit(published: AbortSignal): Promise<'done' | 'left'> {
    const [, open] = everyWire[this.#random.below(everyWire.length)]!;
    const wire = open(this.#aggregator());
    const endWhenCaughtUp = published.aborted;
    const query = { endWhenCaughtUp, ...(this.#cursor !== undefined && { after: this.#cursor }) };
    let left = endWhenCaughtUp ? Number.POSITIVE_INFINITY : this.#random.below(stayEntriesMax);
    try {
      for await (const { entries, cursor } of wire.subscribe(query, endWhenCaughtUp ? undefined : published)) {
        for (const { position, eventId } of entries) this.heard.push(`${position} ${eventId}`);
        this.#cursor = cursor;
        left -= entries.length;
        if (left <= 0) return 'left';
      }
      return endWhenCaughtUp ? 'done' : 'left';
    } catch (error) {
      if (published.aborted && !endWhenCaughtUp) return 'left';
      throw error;
    } finally {
      wire.close();
    }
  }
}
