// Clients that publish all at once while something is ended under their hands, and what is to be sent again afterwards.
import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '@oncelog/client';
import { openHistory } from './history.ts';
import type { Verdict } from './history-checker.ts';
import { createRecordingClient, type Ending, type RecordingClient } from './recording-client.ts';
import type { SeededRandom } from './seeded-random.ts';
import { ServingAddresses } from './serving-addresses.ts';
import { createWorkload, type Workload } from './workload.ts';

/** A cycle with fewer acknowledged calls before its end would prove nothing. */
export const acknowledgedCallsMin = 50;
/** The end comes up to this many acknowledged calls, and then this many milliseconds, later. */
const moreCallsMax = 100;
const endDelayMaxMs = 20;
/** Of each client from the strike on: often enough to notice who serves, and no flood where nothing fails. */
const struckPauseMs = 50;

const unaryEventsMax = 6;
const streamMessagesMax = 6;
const messageEventsMax = 30;
const healedBatchMax = 500;

const clients = [
  { name: 'stream-1', transport: 'grpc-js' },
  { name: 'stream-2', transport: 'grpc-js' },
  { name: 'stream-3', transport: 'connect-grpc' },
  { name: 'unary-1', transport: 'grpc-js' },
  { name: 'unary-2', transport: 'grpc-js' },
  { name: 'unary-3', transport: 'connect' },
  { name: 'rest-1', transport: 'rest' },
] as const;

export interface CycleReport {
  /** Calls acknowledged before the strike, and those that were on their way when it came and got no answer. */
  readonly acknowledgedCalls: number;
  readonly cutCalls: number;
  /** Events that were acknowledged and gone after the restart. */
  readonly lostEvents: number;
}

/**
 * Ends something under the hands of the clients, which try on until it resolves. `everyAddressServes` resolves when
 * each of their addresses has acknowledged a call that was begun after it was asked.
 */
export type Strike = (everyAddressServes: () => Promise<void>) => Promise<unknown>;

export class Load {
  readonly failureCodes = new Set<string>();
  readonly #random: SeededRandom;
  readonly #workload: Workload;
  readonly #historyFolder: string;
  readonly #unknown: Event[] = [];
  readonly #cycles: Omit<CycleReport, 'lostEvents'>[] = [];
  #calls = 0;

  constructor(random: SeededRandom, historyFolder: string) {
    this.#random = random;
    this.#workload = createWorkload(random);
    this.#historyFolder = historyFolder;
  }

  /** All clients at once, each at one of the addresses; resolves when the strike and all calls have ended. */
  async runCycle(targets: readonly string[], cycle: number, strike: Strike): Promise<void> {
    const report = { acknowledgedCalls: 0, cutCalls: 0 };
    this.#cycles.push(report);
    const serving = new ServingAddresses(targets);
    let phase: 'before' | 'struck' | 'over' = 'before';
    const enough = Promise.withResolvers<void>();
    const wanted = acknowledgedCallsMin + this.#random.below(moreCallsMax);
    const working = clients.map(async ({ name, transport }, at) => {
      const target = targets[at % targets.length]!;
      const client = await this.#connect(name, target, transport);
      while (phase !== 'over') {
        const begun = { phase, atMs: performance.now() };
        const answer = await this.#callOnce(client, cycle);
        if (answer === 'acknowledged') {
          serving.acknowledged(target, begun.atMs);
          if (phase === 'before') report.acknowledgedCalls += 1;
          if (report.acknowledgedCalls === wanted) enough.resolve();
        } else {
          if (phase === 'before') throw answer;
          if (begun.phase === 'before') report.cutCalls += 1;
        }
        if (phase === 'struck') await delay(struckPauseMs);
      }
      client.close();
    });
    const allEnded = Promise.all(working);
    // Only a failure can come first.
    try {
      await Promise.race([enough.promise, allEnded]);
      // Not in step with the answers, which come in the rhythm of the commits.
      await delay(this.#random.below(endDelayMaxMs));
      phase = 'struck';
      await Promise.race([strike(() => serving.all()), allEnded]);
    } finally {
      phase = 'over';
    }
    await allEnded;
  }

  /** Whatever may or may not be stored, under the same ids, until it is. */
  async resendUnknown(target: string): Promise<void> {
    const healer = await this.#connect('healer', target, 'grpc-js');
    for (let start = 0; start < this.#unknown.length; start += healedBatchMax) {
      const ending = await healer.publish(`healer-${start}`, this.#unknown.slice(start, start + healedBatchMax));
      if (ending !== 'acknowledged') throw ending;
    }
    healer.close();
  }

  cycleReports({ violations }: Verdict): CycleReport[] {
    const lost = violations.filter(({ check }) => check === 'lost');
    return this.#cycles.map((report, at) => {
      const lostEvents = lost.filter(({ call }) => call?.startsWith(`cycle-${at + 1}-`)).length;
      return { ...report, lostEvents };
    });
  }

  #connect(name: string, target: string, transport: (typeof clients)[number]['transport']): Promise<RecordingClient> {
    return createRecordingClient({ name, target, transport, write: openHistory(this.#historyFolder, name) });
  }

  async #callOnce(client: RecordingClient, cycle: number): Promise<Ending> {
    const call = `cycle-${cycle}-${client.name}-${(this.#calls += 1)}`;
    const sent: Event[] = [];
    const take = (countMax: number) => {
      const events = this.#workload.nextEvents(client.name, 1 + this.#random.below(countMax));
      sent.push(...events);
      return events;
    };
    const messages = 1 + this.#random.below(streamMessagesMax);
    const batches = function* () {
      for (let message = 0; message < messages; message += 1) yield take(messageEventsMax);
    };
    const ending = client.name.startsWith('stream')
      ? await client.publishStream(call, batches())
      : await client.publish(call, take(unaryEventsMax));
    if (ending !== 'acknowledged') {
      this.failureCodes.add(ending.code);
      if (ending.outcome === 'unknown') this.#unknown.push(...sent);
    }
    return ending;
  }
}
