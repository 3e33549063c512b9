// Clients that publish all at once until their server ends, and what is left to send again after that.
import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '@oncelog/client';
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { openHistory } from './history.ts';
import type { Verdict } from './history-checker.ts';
import { createRecordingClient, type Ending, type RecordingClient } from './recording-client.ts';
import type { SeededRandom } from './seeded-random.ts';
import { createWorkload, type Workload } from './workload.ts';

/** A cycle with fewer acknowledged calls before its end would prove nothing. */
export const acknowledgedCallsMin = 50;
/** The end comes up to this many acknowledged calls, and then this many milliseconds, later. */
const moreCallsMax = 100;
const endDelayMaxMs = 20;

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
  /** Calls acknowledged before the end, and those that were on their way when it came and got no answer. */
  readonly acknowledgedCalls: number;
  readonly cutCalls: number;
  /** Events that were acknowledged and gone after the restart. */
  readonly lostEvents: number;
}

export type EndAggregator = (aggregator: AggregatorProcess) => Promise<unknown>;

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

  /** All clients at once; ends the aggregator under their hands and resolves when each of them has noticed. */
  async runUntilEnded(aggregator: AggregatorProcess, cycle: number, end: EndAggregator): Promise<void> {
    const report = { acknowledgedCalls: 0, cutCalls: 0 };
    this.#cycles.push(report);
    let ending = false;
    const enough = Promise.withResolvers<void>();
    const wanted = acknowledgedCallsMin + this.#random.below(moreCallsMax);
    const working = clients.map(async ({ name, transport }) => {
      const client = await this.#connect(name, aggregator.target, transport);
      for (;;) {
        const startedBefore = !ending;
        const answer = await this.#callOnce(client, cycle);
        if (answer !== 'acknowledged') {
          if (!ending) throw answer;
          if (startedBefore) report.cutCalls += 1;
          break;
        }
        report.acknowledgedCalls += 1;
        if (report.acknowledgedCalls === wanted) enough.resolve();
      }
      client.close();
    });
    const allEnded = Promise.all(working);
    // Only a failure can come first.
    await Promise.race([enough.promise, allEnded]);
    // Not in step with the answers, which come in the rhythm of the commits.
    await delay(this.#random.below(endDelayMaxMs));
    ending = true;
    await end(aggregator);
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
