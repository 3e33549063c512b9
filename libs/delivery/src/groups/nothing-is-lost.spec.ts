import { createSeededRandom, type SeededRandom } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import type { ConsumerGroups } from './consumer-groups.ts';
import type { Delivery } from './group-types.ts';
import { createGroupBench, type GroupBench, groupName, idsOf, range } from './testing/group-bench.ts';

const leaseMs = 30_000;
const signal = new AbortController().signal;

/** Random members in two processes over one store, and what has been promised to them. */
class Trial {
  readonly #bench: GroupBench;
  readonly #random: SeededRandom;
  readonly #processes: ConsumerGroups[];
  /** Every delivery there ever was. */
  readonly #deliveries: Delivery[] = [];
  /** Until when an event is leased. */
  readonly #leases = new Map<number, number>();
  /** What may not come again. */
  readonly #done = new Set<number>();
  /** Events that pass the filter. */
  readonly #wanted: number[] = [];
  #published = 0;
  /** How often each thing happened: a trial in which nothing does proves nothing. */
  readonly counts = { delivered: 0, acknowledged: 0, rejected: 0, died: 0, replayed: 0, sought: 0 };

  constructor(bench: GroupBench, seed: number) {
    this.#bench = bench;
    this.#random = createSeededRandom(seed);
    this.#processes = [bench.groups, bench.reopened()];
  }

  async step(): Promise<void> {
    const choice = this.#random.below(100);
    if (choice < 15) await this.#publish();
    else if (choice < 50) await this.#pull();
    else if (choice < 70) await this.#acknowledge();
    else if (choice < 80) await this.#reject();
    else if (choice < 84) await this.#extend();
    else if (choice < 94) this.#bench.time.nowMs += this.#random.below(leaseMs);
    else if (choice < 96) await this.#replay();
    else if (choice < 98) this.#processes[this.#random.below(2)] = this.#bench.reopened();
    else await this.#seek();
  }

  /** Everything that is left is acknowledged, until nothing comes any more. */
  async finish(): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      const before = this.counts.delivered;
      await this.#pull();
      await this.#settle(this.#deliveries.slice(before));
      if (this.counts.delivered === before) {
        quiet += 1;
        this.#bench.time.nowMs += 2 * leaseMs;
      } else quiet = 0;
    }
    const dead = await this.#dead();
    this.counts.died = dead.length;
    const accounted = new Set([...this.#done, ...dead]);
    expect(this.#wanted.filter((position) => !accounted.has(position))).toEqual([]);
    const group = await this.#process.getGroup(groupName);
    expect(group).toMatchObject({ outstanding: 0, deadLetters: dead.length });
  }

  get #process(): ConsumerGroups {
    return this.#random.pick(this.#processes);
  }

  async #publish(): Promise<void> {
    const count = 1 + this.#random.below(8);
    const topic = this.#random.chance(0.7) ? 'wanted' : 'other';
    await this.#bench.publish(count, { topic });
    if (topic === 'wanted') this.#wanted.push(...range(this.#published + 1, this.#published + count));
    this.#published += count;
  }

  /** Several at once, in either process. */
  async #pull(): Promise<void> {
    const pulls = Array.from({ length: 1 + this.#random.below(3) }, () => {
      const eventsMax = 1 + this.#random.below(6);
      return this.#process.pull({ group: groupName, member: 'm', eventsMax, waitMs: 0 }, signal);
    });
    const { nowMs } = this.#bench.time;
    for (const delivery of (await Promise.all(pulls)).flat()) {
      const { position } = delivery.entry;
      expect(this.#wanted).toContain(position);
      expect(this.#done.has(position), `${position} was settled`).toBe(false);
      expect(this.#leases.get(position) ?? 0, `${position} was leased`).toBeLessThanOrEqual(nowMs);
      this.#leases.set(position, delivery.leaseExpiryTimeMs);
      this.#deliveries.push(delivery);
      this.counts.delivered += 1;
    }
  }

  /** Also what was delivered long ago. */
  async #acknowledge(): Promise<void> {
    const recent = this.#deliveries.slice(this.#random.chance(0.2) ? 0 : -10);
    await this.#settle(recent.filter(() => this.#random.chance(0.4)));
  }

  async #settle(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    const results = await this.#process.acknowledge(groupName, idsOf(deliveries).slice(-1000));
    results.forEach((result, index) => {
      const { position } = deliveries.slice(-1000)[index]!.entry;
      if (result === 'alreadySettled') expect(this.#done.has(position), `${position} is not settled`).toBe(true);
      if (result === 'done') this.#done.add(position);
      if (result === 'done') this.counts.acknowledged += 1;
    });
  }

  async #reject(): Promise<void> {
    const some = this.#deliveries.slice(-10).filter(() => this.#random.chance(0.5));
    if (some.length === 0) return;
    const options = { delayMs: this.#random.below(2) * 1000, reason: 'no' };
    const results = await this.#process.reject(groupName, idsOf(some), options);
    results.forEach((result, index) => {
      if (result !== 'done') return;
      this.#leases.delete(some[index]!.entry.position);
      this.counts.rejected += 1;
    });
  }

  async #extend(): Promise<void> {
    const some = this.#deliveries.slice(-3);
    if (some.length === 0) return;
    const { results, leaseExpiryTimeMs } = await this.#process.extendLease(groupName, idsOf(some));
    results.forEach((result, index) => {
      if (result === 'done') this.#leases.set(some[index]!.entry.position, leaseExpiryTimeMs);
    });
  }

  async #replay(): Promise<void> {
    const some = (await this.#dead()).filter(() => this.#random.chance(0.5));
    if (some.length === 0) return;
    this.counts.replayed += await this.#process.replay(groupName, some);
    const left = new Set(await this.#dead());
    for (const position of some) if (!left.has(position)) this.#done.delete(position);
  }

  /** What lies behind the place is done with; what lies before it comes again. */
  async #seek(): Promise<void> {
    const after = this.#random.below(this.#published + 1);
    await this.#process.seek(groupName, { after });
    this.#leases.clear();
    this.#done.clear();
    for (const position of range(1, after)) this.#done.add(position);
    this.counts.sought += 1;
  }

  async #dead(): Promise<number[]> {
    const { deadLetters, nextAfter } = await this.#process.deadLetters(groupName, { after: 0, lettersMax: 1000 });
    expect(nextAfter).toBeUndefined();
    return deadLetters.map(({ entry }) => entry.position);
  }
}

describe('whatever members do', () => {
  it.each(range(1, 30))(
    'every event is settled or a dead letter in the end, and none comes twice (seed %i)',
    async (seed) => {
      const filter = { topics: [], topicPrefixes: ['want'], sources: [], attributes: {} };
      const trial = new Trial(await createGroupBench({ filter, attemptsMax: 3 }, { outstandingMax: 20 }), seed);
      for (let step = 0; step < 300; step += 1) await trial.step();
      await trial.finish();
      const { delivered, acknowledged, rejected, sought } = trial.counts;
      expect(Math.min(delivered, acknowledged, rejected, sought)).toBeGreaterThan(0);
    },
  );
});
