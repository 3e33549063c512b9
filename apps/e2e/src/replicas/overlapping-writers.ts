// Writers whose batches overlap, spread over replicas, while each replica is tailed; and what all say in the end.
import { createOncelogClient, type GetStatsResponse } from '@oncelog/client';
import type { ReplicaSet } from '../launch/replica-set.ts';
import { Answers } from './answers.ts';
import { dealEvents, type DealtEvents } from './dealt-events.ts';
import { firstDifference, listPlaces, tailPlaces } from './read-places.ts';

const writers = 4;
const batchEvents = 500;
/** Of each writer, on their way at a time: so many that each replica always has some. */
const batchesInFlight = 2;
const seed = 5;

export interface OverlappingWritersReport {
  readonly answers: Answers;
  /** Different keys among the events. */
  readonly distinct: number;
  readonly listed: number;
  /** By replica. */
  readonly counters: readonly Counted[];
  /** Where a tail or a list of a replica parts from the list of the first one, in words. */
  readonly differences: readonly string[];
  readonly publishSeconds: number;
}

export interface Counted {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

export async function runOverlappingWriters(replicas: ReplicaSet, count: number): Promise<OverlappingWritersReport> {
  const events = dealEvents(count, batchEvents, seed);
  const { distinct } = events;
  const startedMs = performance.now();
  const tailing = Promise.all(replicas.targets.map((target) => tailPlaces(target, distinct)));
  const answers = await publishAll(replicas, events);
  const publishSeconds = (performance.now() - startedMs) / 1000;
  const counters = await Promise.all(replicas.targets.map(readCounters));
  const listed = await listPlaces(replicas.targets[0]!);
  const tails = await tailing;
  const differences: string[] = [];
  for (const [replica, target] of replicas.targets.entries()) {
    const inTail = firstDifference(listed, tails[replica]!);
    if (inTail) differences.push(`tail of replica ${replica}: ${inTail}`);
    const inList = firstDifference(listed, await listPlaces(target));
    if (inList) differences.push(`list of replica ${replica}: ${inList}`);
  }
  return { answers, distinct, listed: listed.length, counters, differences, publishSeconds };
}

/** Without a second attempt of any call: one that failed would fail the test. */
async function publishAll({ target }: ReplicaSet, { batches }: DealtEvents): Promise<Answers> {
  const answers = new Answers();
  const write = async (writer: number) => {
    const client = await createOncelogClient({ target, retry: { attemptsMax: 1 } });
    const own = batches.filter((_, at) => at % writers === writer).values();
    const send = async () => {
      for (const batch of own) answers.take(batch, (await client.publish(batch)).outcomes);
    };
    await Promise.all(Array.from({ length: batchesInFlight }, send));
    client.close();
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return answers;
}

async function readCounters(target: string): Promise<Counted> {
  const client = await createOncelogClient({ target });
  const { counters }: GetStatsResponse = await client.getStats().finally(() => client.close());
  const { received, stored, duplicates, conflicts } = counters!;
  return {
    received: Number(received),
    stored: Number(stored),
    duplicates: Number(duplicates),
    conflicts: Number(conflicts),
  };
}
