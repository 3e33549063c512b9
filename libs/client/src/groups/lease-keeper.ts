// Keeps the leases of what a consumer holds, from its delivery until it is settled.
import { idsPerCallMax } from './acknowledger.ts';
import type { SettleResult } from './delivery.ts';

/** Of a lease, between two looks at what is held: a look may fail, and the next one still comes in time. */
const looksPerLease = 3;

export interface LeaseKeeperOptions {
  readonly leaseMs: number;
  /** What is held longer goes to another: its handler hangs. */
  readonly holdMsMax: number;
  readonly extend: (ids: string[]) => Promise<SettleResult[]>;
}

interface Held {
  readonly lost: AbortController;
  readonly sinceMs: number;
  /** When the lease was counted from, at the earliest. */
  leasedAtMs: number;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<string, Held>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), options.leaseMs / looksPerLease);
  }

  /** The signal is raised when the lease is lost: another member has the event by then. */
  hold(id: string): AbortSignal {
    const nowMs = performance.now();
    const held = { lost: new AbortController(), sinceMs: nowMs, leasedAtMs: nowMs };
    this.#held.set(id, held);
    return held.lost.signal;
  }

  letGo(id: string): void {
    this.#held.delete(id);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { leaseMs, holdMsMax } = this.#options;
    const nowMs = performance.now();
    const due: string[] = [];
    for (const [id, { sinceMs, leasedAtMs }] of this.#held) {
      if (nowMs - sinceMs > holdMsMax) this.#lose(id);
      // What is younger lasts until the next look, and is settled by then as a rule.
      else if (nowMs - leasedAtMs >= leaseMs / looksPerLease) due.push(id);
    }
    const calls = [];
    for (let from = 0; from < due.length; from += idsPerCallMax) calls.push(due.slice(from, from + idsPerCallMax));
    await Promise.all(calls.map((ids) => this.#extend(ids, nowMs)));
  }

  async #extend(ids: string[], nowMs: number): Promise<void> {
    let results: SettleResult[];
    try {
      results = await this.#options.extend(ids);
    } catch {
      // The next look tries again; whether the lease held until then, its result tells.
      return;
    }
    for (const [index, id] of ids.entries()) {
      if (results[index] === 'lease-lost') this.#lose(id);
      const held = this.#held.get(id);
      if (held) held.leasedAtMs = nowMs;
    }
  }

  #lose(id: string): void {
    this.#held.get(id)?.lost.abort();
    this.#held.delete(id);
  }
}
