// A broker as a server sees one: it accepts, tells what it holds, and stores nothing.
import type { AppendGroup, DeadEntry, EventAppender, NewEvent, Outcome } from '@oncelog/core';
import type { ShownBroker } from '../handlers/event-log.ts';

export class HoldingBroker implements EventAppender, ShownBroker {
  readonly kind = 'holding';
  readonly held: NewEvent[] = [];
  dead: DeadEntry[] = [];
  /** How many dead entries were asked for at a time. */
  readonly asked: number[] = [];

  startGroup(): AppendGroup {
    const batches: (readonly NewEvent[])[] = [];
    return {
      add: (events) => void batches.push(events),
      commit: async () => {
        this.held.push(...batches.flat());
        const accepted: Outcome = { status: 'accepted', position: 0, storedTimeMs: Date.now() };
        return batches.map((events) => events.map(() => accepted));
      },
    };
  }

  async stats() {
    return { waitingEvents: this.held.length, deliveredEvents: 1, deadEntries: this.dead.length };
  }

  async deadEntries({ after, max }: { readonly after: string; readonly max: number }): Promise<readonly DeadEntry[]> {
    this.asked.push(max);
    const first = this.dead.findIndex(({ id }) => id > after);
    return first === -1 ? [] : this.dead.slice(first, first + max);
  }

  async replay(ids: readonly string[]): Promise<number> {
    const replayed = this.dead.filter(({ id }) => ids.includes(id));
    this.dead = this.dead.filter(({ id }) => !ids.includes(id));
    this.held.push(...replayed.flatMap(({ events = [] }) => events));
    return replayed.length;
  }
}

/** Entries of one event each, in the order of their ids. */
export function deadEntries(count: number, event: (id: string) => NewEvent): DeadEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `1700000000000-${String(index).padStart(4, '0')}`;
    return { id, reason: 'too odd', deadTimeMs: 1_700_000_000_123, attempts: 5, events: [event(id)] };
  });
}
