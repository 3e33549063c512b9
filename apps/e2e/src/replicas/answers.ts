// All answers of a load, by key: who was told that an event was stored, and where it is said to be.
import { type Event, type Outcome, OutcomeStatus } from '@oncelog/client';

export class Answers {
  readonly counts = { stored: 0, duplicates: 0, others: 0 };
  /** What no two answers may say. */
  readonly contradictions: string[] = [];
  readonly #positions = new Map<string, bigint>();
  readonly #stored = new Set<string>();

  take(events: readonly Event[], outcomes: readonly Outcome[]): void {
    if (outcomes.length !== events.length) {
      this.contradictions.push(`${outcomes.length} outcomes for ${events.length} events`);
    }
    outcomes.forEach(({ status, position }, at) => {
      const { topic, eventId } = events[at]!;
      const key = `${topic}/${eventId}`;
      if (status === OutcomeStatus.STORED) {
        this.counts.stored += 1;
        if (this.#stored.has(key)) this.contradictions.push(`${key} was STORED twice`);
        this.#stored.add(key);
      } else if (status === OutcomeStatus.DUPLICATE) this.counts.duplicates += 1;
      else this.counts.others += 1;
      const known = this.#positions.get(key);
      if (known !== undefined && known !== position) this.contradictions.push(`${key} is at ${known} and ${position}`);
      this.#positions.set(key, position);
    });
  }
}
