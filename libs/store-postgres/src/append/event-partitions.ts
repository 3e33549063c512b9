// Partitions for the bodies that are still to come, made before they are needed.
import type { LogConnections } from '../session/log-connections.ts';

/**
 * Positions in one partition, about 3 GB of small events: a log of a billion events has a hundred of them, which the
 * planner of PostgreSQL takes without effort, and what retention drops goes a hundredth at a time.
 */
export const partitionPositionsDefault = 10_000_000;

export class EventPartitions {
  readonly #connections: LogConnections;
  readonly #positions: number;
  #end = 0;
  #extending: Promise<void> = Promise.resolve();
  #ahead = false;

  constructor(connections: LogConnections, positions = partitionPositionsDefault) {
    this.#connections = connections;
    this.#positions = positions;
  }

  /** Room for so many events at least. */
  extend(events = 0): Promise<void> {
    const extended = this.idle().then(() => this.#extend(Math.max(events, this.#positions)));
    this.#extending = extended;
    return extended;
  }

  /** When the log is halfway through the last one, in the background: an append that finds no room waits for it. */
  keepAhead(head: number): void {
    if (this.#ahead || head < this.#end - this.#positions / 2) return;
    this.#ahead = true;
    void this.extend()
      .catch(() => undefined)
      .finally(() => (this.#ahead = false));
  }

  /** Resolves when none is being made. */
  idle(): Promise<void> {
    return this.#extending.catch(() => undefined);
  }

  async #extend(ahead: number): Promise<void> {
    const [row] = await this.#connections.write<{ readonly last_end: number }>({
      text: 'select extend_events($1, $2) as last_end',
      values: [ahead, this.#positions],
    });
    this.#end = row!.last_end;
  }
}
